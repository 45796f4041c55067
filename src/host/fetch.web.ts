import { ArcfaceError, throwIfCancelled } from "../errors.ts";

export type FetchOptions = {
  /** The whole is known only where the server says it. */
  readonly onProgress?: ((receivedBytes: number, totalBytes: number | null) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** What the browser's own HTTP cache is for. Default: as the server says. */
  readonly cache?: RequestCache | undefined;
  /** Follow no redirect to another server. Default false. */
  readonly stay?: boolean | undefined;
  /** More bytes than this are an error. Default: any number. */
  readonly maxByteLength?: number | undefined;
};

/**
 * The bytes behind an address, as the page asks for them: its cookies go along to its own server and to no other.
 *
 * @throws {ArcfaceError} NOT_FOUND, NETWORK, TOO_LARGE, CANCELLED.
 */
export async function fetchBytes(address: string, options: FetchOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
  const { signal, cache = "default", stay = false } = options;
  throwIfCancelled(signal, address);
  try {
    const response = await fetch(address, { cache, signal: signal ?? null, ...(stay && stayAt(address)) });
    if (!response.ok) throw refused(address, response.status);
    return await receive(response, address, options);
  } catch (cause) {
    throwIfCancelled(signal, address);
    if (cause instanceof ArcfaceError) throw cause;
    throw new ArcfaceError("NETWORK", `${address}: cannot be fetched: ${(cause as Error).message}`, {
      hint: "the server is away, or does not let this page read from it",
      cause,
    });
  }
}

function stayAt(address: string): RequestInit {
  const isOwn = new URL(address, globalThis.location.href).origin === globalThis.location.origin;
  return isOwn ? { mode: "same-origin" } : { redirect: "error" };
}

async function receive(
  response: Response,
  address: string,
  { onProgress, maxByteLength = Number.POSITIVE_INFINITY }: FetchOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  // Of a packed body the server says the packed length.
  const packed = response.headers.has("content-encoding");
  const total = packed ? null : Number(response.headers.get("content-length")) || null;
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let received = 0;
  const reader = response.body?.getReader();
  for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) {
    chunks.push(next.value);
    received += next.value.length;
    if (received > maxByteLength) {
      await reader?.cancel().catch(() => {});
      throw new ArcfaceError("TOO_LARGE", `${address}: expected at most ${maxByteLength} bytes, got more`);
    }
    onProgress?.(received, total);
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

function refused(address: string, status: number): ArcfaceError {
  if (status === 404 || status === 410)
    return new ArcfaceError("NOT_FOUND", `${address}: there is nothing there (${status})`);
  return new ArcfaceError("NETWORK", `${address}: the server answers ${status}`);
}
