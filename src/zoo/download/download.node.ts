import { createHash } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ArcfaceError, throwIfCancelled } from "../../errors.ts";
import { fileError } from "../../file-error.node.ts";
import { type Failure, failed, failureOf, refusal, worst } from "./download-failure.ts";
import { type Part, partOf, validatorOf } from "./download-part.node.ts";
import { type Answer, request, withoutSecrets } from "./download-request.ts";

export type DownloadOptions = {
  /** Mirrors of the same bytes, tried in order. */
  readonly urls: readonly string[];
  /** Where the file is to be. Nobody else may write there meanwhile; its folder is made. */
  readonly path: string;
  /** Hex; without it the bytes are taken as they come. */
  readonly sha256?: string | undefined;
  readonly byteLength?: number | undefined;
  /** Default 2 GiB. */
  readonly maxByteLength?: number | undefined;
  /** Sent to the hosts of `urls` alone, not to where they redirect. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Never goes back, also where a mirror is left for another; the total is `null` while nobody said it. */
  readonly onProgress?: ((receivedBytes: number, totalBytes: number | null) => void) | undefined;
  /** A sentence on a mirror that was passed over. */
  readonly onNotice?: ((notice: string) => void) | undefined;
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** A server that says nothing for so long is gone. Default 30000. */
  readonly silenceMs?: number | undefined;
  /** How often one mirror is asked again without a byte of progress. Default 3. */
  readonly retries?: number | undefined;
  /** The first pause before asking again; doubles. Default 500. */
  readonly backoffMs?: number | undefined;
};

export type Downloaded = { readonly path: string; readonly sha256: string; readonly byteLength: number };

/** A server that gives a few bytes and hangs up, over and over, is given up. */
const MAX_ATTEMPTS = 100;

type Outcome = Downloaded | Failure;

type Job = DownloadOptions & { readonly part: Part; readonly maxByteLength: number };

/**
 * Fetch a file over HTTP. It grows as `path`.part and is renamed when its bytes are the ones that were meant, so that
 * `path` is there whole or as it was before; what a cut, a cancellation or a kill leaves is gone on from the next time.
 *
 * @throws {ArcfaceError} NETWORK, NOT_FOUND, INTEGRITY (nothing is left), TOO_LARGE, NO_SPACE, IO, CANCELLED;
 *   of several mirrors, what says most.
 */
export async function download(options: DownloadOptions): Promise<Downloaded> {
  const { urls, path, onNotice, signal } = options;
  const { maxByteLength = 2 ** 31 } = options;
  const job: Job = { ...options, ...forwardOnly(options), maxByteLength, part: partOf(path) };
  const failures: ArcfaceError[] = [];
  try {
    await mkdir(dirname(path), { recursive: true });
    for (const [i, url] of urls.entries()) {
      throwIfCancelled(signal, "download");
      const outcome = await fromMirror(job, url);
      if ("path" in outcome) return outcome;
      failures.push(outcome.error);
      if (i + 1 < urls.length) onNotice?.(`${outcome.error.message}; another mirror is asked`);
    }
  } catch (error) {
    const known = fileError(error, path, "keeping a download");
    // A half file is a start for the next time, but not on a full disk.
    if (known.code === "NO_SPACE") await job.part.drop().catch(() => {});
    throw known;
  }
  if (job.sha256 === undefined && (await job.part.held())?.origin.validator === null) await job.part.drop();
  throw worst(failures);
}

async function fromMirror(job: Job, url: string): Promise<Outcome> {
  const { retries = 3, backoffMs = 500, signal, part } = job;
  let idle = 0;
  for (let attempt = 1; ; attempt++) {
    const before = (await part.held())?.byteLength ?? 0;
    const outcome = await attemptOnce(job, url);
    if ("path" in outcome) return outcome;
    const after = (await part.held())?.byteLength ?? 0;
    idle = after > before ? 0 : idle + 1;
    if (!outcome.again || idle > retries || attempt === MAX_ATTEMPTS) return outcome;
    const waitMs = outcome.waitMs ?? (idle === 0 ? 0 : backoffMs * 2 ** (idle - 1));
    await delay(Math.min(waitMs, 30_000), undefined, { signal }).catch(() => throwIfCancelled(signal, "download"));
  }
}

async function attemptOnce(job: Job, url: string): Promise<Outcome> {
  const { part, headers, signal, silenceMs, fetch } = job;
  const start = await resumable(job, url);
  const conditions = start && {
    range: `bytes=${start.byteLength}-`,
    ...(start.validator !== null && { "if-range": start.validator }),
  };
  let answer: Answer;
  try {
    answer = await request(url, { headers, conditions: conditions ?? {}, signal, silenceMs, fetch });
  } catch (error) {
    return failureOf(error);
  }
  const refused = refusal(answer, url);
  if (refused) {
    answer.close();
    if (answer.status === 416) await part.drop();
    return refused;
  }
  const from = answer.status === 206 ? rangeStart(answer.headers) : 0;
  if (from !== 0 && from !== start?.byteLength) {
    answer.close();
    await part.drop();
    return { error: failed("NETWORK", url, "it sent another range than was asked for"), again: true };
  }
  if (from === 0) await part.begin({ url: withoutSecrets(url), validator: validatorOf(answer.headers) });
  const received = await receive(job, url, answer, from);
  if ("path" in received || received.error.code !== "INTEGRITY") return received;
  await part.drop();
  // Half of it was there before, and may be what is wrong: once more, from the start.
  return { ...received, again: from > 0 };
}

/** How far a half file can be gone on from: the server knows it by its validator, or the pinned sha256 will tell. */
async function resumable({ part, sha256 }: Job, url: string) {
  const held = await part.held();
  if (held === null) return null;
  // Signed addresses differ each day in their query alone.
  const validator = held.origin.url === withoutSecrets(url) ? held.origin.validator : null;
  return validator !== null || sha256 !== undefined ? { byteLength: held.byteLength, validator } : null;
}

async function receive(job: Job, url: string, answer: Answer, from: number): Promise<Outcome> {
  const { part, path, sha256, byteLength, maxByteLength, onProgress } = job;
  const total = totalOf(answer.headers, from) ?? byteLength ?? null;
  const unfit = (length: number): ArcfaceError | null => {
    if (length > maxByteLength)
      return failed("TOO_LARGE", url, `expected at most ${maxByteLength} bytes, got ${length} or more`);
    if (byteLength !== undefined && length > byteLength)
      return failed("INTEGRITY", url, `expected ${byteLength} bytes, got ${length} or more`);
    return null;
  };
  const stopAt = async (error: ArcfaceError): Promise<Outcome> => {
    answer.close();
    await part.drop();
    return { error, again: false };
  };
  const tooMuch = unfit(total ?? 0);
  if (tooMuch) return stopAt(tooMuch);
  const hash = createHash("sha256");
  if (from > 0) await part.feed(hash);
  let received = from;
  onProgress?.(received, total);
  const file = await open(part.file, from > 0 ? "a" : "w");
  try {
    for await (const chunk of answer.chunks()) {
      received += chunk.length;
      const excess = unfit(received);
      if (excess) return stopAt(excess);
      await file.writeFile(chunk);
      hash.update(chunk);
      onProgress?.(received, total);
    }
    await file.sync();
  } catch (error) {
    if (error instanceof ArcfaceError) return failureOf(error);
    throw error;
  } finally {
    await file.close();
  }
  if (total !== null && received < total) {
    return { error: failed("NETWORK", url, `the answer ended after ${received} of ${total} bytes`), again: true };
  }
  const actual = hash.digest("hex");
  if (sha256 !== undefined && actual !== sha256)
    return { error: failed("INTEGRITY", url, `expected the bytes of sha256 ${sha256}, got ${actual}`), again: false };
  if (byteLength !== undefined && received !== byteLength)
    return { error: failed("INTEGRITY", url, `expected ${byteLength} bytes, got ${received}`), again: false };
  await rename(part.file, path);
  await rm(part.note, { force: true });
  return { path, sha256: actual, byteLength: received };
}

function rangeStart(headers: Headers): number {
  return Number(/^bytes (\d+)-/.exec(headers.get("content-range") ?? "")?.[1] ?? -1);
}

function totalOf(headers: Headers, from: number): number | null {
  const length = headers.get("content-length");
  return length === null || !/^\d+$/.test(length) ? null : from + Number(length);
}

function forwardOnly({ onProgress }: DownloadOptions): Pick<DownloadOptions, "onProgress"> {
  let most = -1;
  return {
    onProgress(received, total) {
      if (received <= most) return;
      most = received;
      onProgress?.(received, total);
    },
  };
}
