import type { Bytes } from "../bytes/stream.ts";
import { through } from "../bytes/through.ts";
import { ArcfaceError } from "../errors.ts";

/** Raw deflate of bytes. */
export async function deflateRaw(bytes: Uint8Array): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of through(once(bytes), new CompressionStream("deflate-raw"))) chunks.push(chunk);
  return new Uint8Array(await new Blob(chunks as Bytes[]).arrayBuffer());
}

/**
 * Undo it.
 *
 * @param byteLength of what comes out, exactly.
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT where the bytes are damaged, or come to another length.
 */
export async function inflateRaw(bytes: Uint8Array, byteLength: number, where: string): Promise<Uint8Array> {
  const out = new Uint8Array(byteLength);
  let at = 0;
  try {
    for await (const chunk of through(once(bytes), new DecompressionStream("deflate-raw"))) {
      if (at + chunk.length > byteLength) throw new Error("more bytes than there should be");
      out.set(chunk, at);
      at += chunk.length;
    }
    if (at < byteLength) throw new Error(`${at} bytes`);
    return out;
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause);
    throw new ArcfaceError("UNSUPPORTED_FORMAT", `${where}: expected ${byteLength} packed bytes, got ${got}`, {
      cause,
    });
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Bytes> {
  yield bytes as Bytes;
}
