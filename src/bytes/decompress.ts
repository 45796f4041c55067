import { ArcfaceError, throwIfCancelled } from "../errors.ts";
import { decodeBzip2 } from "./bzip2/decode.ts";
import { type ByteSource, type Bytes, chunksOf, stopWith, streamOf } from "./stream.ts";
import { through } from "./through.ts";
import { decodeXz } from "./xz/decode.ts";

export const COMPRESSIONS = ["none", "gz", "bz2", "xz"] as const;
export type Compression = (typeof COMPRESSIONS)[number];

export type DecompressLimits = {
  /** Of what comes out. */
  readonly maxByteLength: number;
  /**
   * Bytes out for a byte in. Weights come to 1.1 to 3, graphs as text to 10; bombs to a thousand and more.
   * What is short (64 MiB) may be as compressible as it likes.
   */
  readonly maxRatio?: number;
};

const DEFAULT_MAX_RATIO = 100;
const RATIO_COUNTS_FROM = 1 << 26;

/** Enough to tell the kinds apart. */
const MAGIC_LENGTH = 10;

/** By the first bytes, never by a name; "none" for all that is not known. */
export function compressionOf(start: Uint8Array): Compression {
  const text = String.fromCharCode(...start.subarray(0, MAGIC_LENGTH));
  if (text.startsWith("\x1f\x8b\x08")) return "gz";
  if (text.startsWith("\xfd7zXZ\0")) return "xz";
  // With the magic of the first block, or of the end: a file in a tar may well be called BZh1.
  if (/^BZh[1-9]/.test(text) && ["1AY&SY", "\x17rE8P\x90"].includes(text.slice(4))) return "bz2";
  return "none";
}

/**
 * Undo the compression that the first bytes show; bytes without one pass as they are. Nothing is held but a window.
 *
 * Reading one xz stream waits for any other in this process to end: read to the end, or cancel.
 *
 * @param options.name what errors call the source.
 * @returns a stream that fails with ArcfaceError: UNSUPPORTED_FORMAT where the bytes are damaged or cut short; TOO_LARGE
 *   as soon as a limit is passed; CANCELLED.
 */
export function decompress(
  source: ByteSource,
  { name, limits, signal }: { name: string; limits: DecompressLimits; signal?: AbortSignal | undefined },
): ReadableStream<Bytes> {
  const { stop, stopped } = stopWith(signal);
  return streamOf(decompressed(chunksOf(source, name, stopped), name, limits, signal), stop);
}

const DECODERS: Record<Compression, (chunks: AsyncGenerator<Bytes>) => AsyncIterable<Bytes>> = {
  none: (chunks) => chunks,
  gz: (chunks) => through(chunks, new DecompressionStream("gzip")),
  bz2: decodeBzip2,
  xz: decodeXz,
};

async function* decompressed(
  input: AsyncGenerator<Bytes>,
  name: string,
  { maxByteLength, maxRatio = DEFAULT_MAX_RATIO }: DecompressLimits,
  signal: AbortSignal | undefined,
): AsyncGenerator<Bytes> {
  const tooLarge = (what: string) => new ArcfaceError("TOO_LARGE", `${name}: expected at most ${what}, got more`);
  let taken = 0;
  let given = 0;
  let sourceFailure: unknown;
  const start = await startOf(input);
  const compression = compressionOf(start);

  async function* counted(): AsyncGenerator<Bytes> {
    try {
      taken += start.length;
      if (start.length > 0) yield start;
      for await (const chunk of input) {
        taken += chunk.length;
        yield chunk;
      }
    } catch (cause) {
      sourceFailure = cause;
      throw cause;
    }
  }

  try {
    for await (const chunk of DECODERS[compression](counted())) {
      given += chunk.length;
      if (given > maxByteLength) throw tooLarge(`${maxByteLength} bytes unpacked`);
      if (given > RATIO_COUNTS_FROM && given > taken * maxRatio) throw tooLarge(`${maxRatio} bytes out of each packed`);
      yield chunk;
    }
  } catch (cause) {
    throwIfCancelled(signal, name);
    // What failed below says more than what the decoder makes of it.
    if (sourceFailure !== undefined) throw sourceFailure;
    if (cause instanceof ArcfaceError) throw cause;
    throw new ArcfaceError(
      "UNSUPPORTED_FORMAT",
      `${name}: ${compression} data, damaged or cut short: ${(cause as Error).message}`,
      { cause },
    );
  } finally {
    // A decoder that is done early leaves the rest of the source unread.
    await input.return(undefined);
  }
}

/** The first MAGIC_LENGTH bytes or more; fewer where there are no more. */
async function startOf(chunks: AsyncGenerator<Bytes>): Promise<Bytes> {
  let start: Bytes = new Uint8Array(0);
  while (start.length < MAGIC_LENGTH) {
    const { done, value } = await chunks.next();
    if (done) break;
    const longer = new Uint8Array(start.length + value.length);
    longer.set(start);
    longer.set(value, start.length);
    start = longer;
  }
  return start;
}
