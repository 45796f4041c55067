import type { Bytes } from "../stream.ts";
import { lzmaEncoder, PROPERTIES } from "./lzma-encoder.ts";
import { matchFinder } from "./match-finder.ts";

/** 4 MiB, and the byte that says so in LZMA2. */
const DICTIONARY = 1 << 22;
const DICTIONARY_CODE = 20;

/** One LZMA2 chunk, unpacked: what does not get shorter fits in as it is. */
const CHUNK = 1 << 16;

const STREAM_MAGIC = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00];
const FOOTER_MAGIC = [0x59, 0x5a];
/** The check is CRC32. */
const STREAM_FLAGS = [0, 1];
const LZMA2 = 0x21;

/**
 * xz: one stream, one block, made as the bytes come. Source: the .xz file format, version 1.2.1.
 *
 * Written here because what npm offers either stores without packing (lzma-rs) or is not for the browser.
 */
export async function* encodeXz(chunks: AsyncIterable<Bytes>): AsyncGenerator<Bytes> {
  const blockHeader = withCrc([2, 0, LZMA2, 1, DICTIONARY_CODE, 0, 0, 0]);
  yield Uint8Array.from([...STREAM_MAGIC, ...withCrc(STREAM_FLAGS), ...blockHeader]);

  const pack = chunkPacker();
  let unpacked = 0;
  let packed = 1; // the end marker
  let crc = -1;
  for await (const chunk of ofLength(CHUNK, chunks)) {
    crc = addToCrc32(crc, chunk);
    unpacked += chunk.length;
    const out = pack(chunk);
    packed += out.length;
    yield out;
  }
  const blockEnd = [0, ...padding(packed), ...littleEndian(~crc)];
  const index = [0, 1, ...varint(blockHeader.length + packed + 4), ...varint(unpacked)];
  const indexWithCrc = withCrc([...index, ...padding(index.length)]);
  const footer = [...littleEndian(indexWithCrc.length / 4 - 1), ...STREAM_FLAGS];
  yield Uint8Array.from([...blockEnd, ...indexWithCrc, ...littleEndian(~crcOf(footer)), ...footer, ...FOOTER_MAGIC]);
}

/** @returns a function that makes an LZMA2 chunk of up to CHUNK bytes. */
function chunkPacker(): (bytes: Bytes) => Bytes {
  const finder = matchFinder(DICTIONARY);
  const encoder = lzmaEncoder(finder, CHUNK);
  let isFirst = true;
  let isReset = true;
  return (bytes) => {
    const start = finder.append(bytes);
    const packed = encoder.encode(start, start + bytes.length);
    const isStored = packed.length >= bytes.length;
    const length = bytes.length - 1;
    const size = packed.length - 1;
    const head = isStored
      ? [isFirst ? 1 : 2, length >>> 8, length & 255]
      : [isFirst ? 0xe0 : isReset ? 0xc0 : 0x80, length >>> 8, length & 255, size >>> 8, size & 255];
    if (!isStored && isReset) head.push(PROPERTIES);
    // A reader knows nothing of the codes that were not sent.
    if (isStored) encoder.reset();
    isReset = isStored;
    isFirst = false;
    const body = isStored ? bytes : packed;
    const chunk = new Uint8Array(head.length + body.length);
    chunk.set(head);
    chunk.set(body, head.length);
    return chunk;
  };
}

/** The same bytes in chunks of this length, but for the last: a chunk's bounds must not show in the result. */
async function* ofLength(length: number, chunks: AsyncIterable<Bytes>): AsyncGenerator<Bytes> {
  let held = new Uint8Array(length);
  let count = 0;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + length - count);
      held.set(part, count);
      at += part.length;
      count += part.length;
      if (count < length) continue;
      yield held;
      held = new Uint8Array(length);
      count = 0;
    }
  }
  if (count > 0) yield held.subarray(0, count);
}

const CRC_TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

function addToCrc32(crc: number, bytes: ArrayLike<number>): number {
  let sum = crc;
  for (let i = 0; i < bytes.length; i++) sum = (sum >>> 8) ^ CRC_TABLE[(sum ^ bytes[i]!) & 255]!;
  return sum;
}

const crcOf = (bytes: readonly number[]): number => addToCrc32(-1, bytes);
const withCrc = (bytes: readonly number[]): number[] => [...bytes, ...littleEndian(~crcOf(bytes))];
const littleEndian = (value: number): number[] => [0, 8, 16, 24].map((shift) => (value >>> shift) & 255);
/** Up to a multiple of 4. */
const padding = (length: number): number[] => Array<number>((4 - (length % 4)) % 4).fill(0);

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];
}
