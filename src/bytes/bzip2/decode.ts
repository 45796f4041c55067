import type { Bytes } from "../stream.ts";
import { bitReader } from "./bits.ts";
import { addToCrc, combineCrc } from "./crc.ts";
import { BLOCK_MAGIC, BLOCK_UNIT, END_MAGIC } from "./format.ts";
import { readBlock } from "./read-block.ts";

/** Longer than any block is when packed: 900,000 symbols of 20 bits, and its tables. */
const WINDOW = 5 << 19;
const OUTPUT_CHUNK = 1 << 16;

/**
 * bzip2, unpacked as it comes: one block (900 kB) is held at a time. Streams one after another count as one, as in
 * bzip2 itself; what follows them is not looked at.
 *
 * Written here because the WebAssembly builds of libbzip2 take a whole file and want to know its unpacked length.
 */
export async function* decodeBzip2(chunks: AsyncGenerator<Bytes>): AsyncGenerator<Bytes> {
  let bytes: Bytes = new Uint8Array(0);
  let bit = 0;
  /** Have the next WINDOW bytes at hand, or all that are left. */
  const fill = async () => {
    const parts = [bytes.subarray(bit >>> 3)];
    let length = parts[0]!.length;
    while (length < WINDOW) {
      const { done, value } = await chunks.next();
      if (done) break;
      parts.push(value);
      length += value.length;
    }
    bit &= 7;
    bytes = concat(parts, length);
  };

  await fill();
  while (String.fromCharCode(...bytes.subarray(bit >>> 3, (bit >>> 3) + 3)) === "BZh") {
    const level = bytes[(bit >>> 3) + 3]! - 0x30;
    if (!(level >= 1 && level <= 9)) throw new Error("a level that is not 1 to 9");
    bit += 32;
    for (let streamCrc = 0; ; await fill()) {
      const bits = bitReader(bytes, bit);
      const magic = [bits.read(24), bits.read(24)];
      const crc = (bits.read(16) << 16) | bits.read(16);
      if (magic[0] === END_MAGIC[0] && magic[1] === END_MAGIC[1]) {
        if (crc !== streamCrc) throw new Error("a checksum that does not fit");
        bit = (bits.bit + 7) & ~7;
        break;
      }
      if (magic[0] !== BLOCK_MAGIC[0] || magic[1] !== BLOCK_MAGIC[1]) throw new Error("no block where one is due");
      const block = readBlock(bits, level * BLOCK_UNIT);
      bit = bits.bit;
      const found = yield* expandRuns(block);
      if (found !== crc) throw new Error("a checksum that does not fit");
      streamCrc = combineCrc(streamCrc, crc);
    }
    await fill();
  }
}

/** The first coding undone: four equal bytes are followed by how many more of them there are. @returns the CRC. */
function* expandRuns(block: Uint8Array): Generator<Bytes, number> {
  let crc = -1;
  let out = new Uint8Array(OUTPUT_CHUNK);
  let length = 0;
  let equal = 0;
  let previous = -1;
  for (const byte of block) {
    let times = 1;
    if (equal === 4) {
      times = byte;
      equal = 0;
    } else {
      equal = byte === previous ? equal + 1 : 1;
      previous = byte;
    }
    for (; times > 0; times--) {
      crc = addToCrc(crc, previous);
      out[length++] = previous;
      if (length === OUTPUT_CHUNK) {
        yield out;
        out = new Uint8Array(OUTPUT_CHUNK);
        length = 0;
      }
    }
  }
  if (length > 0) yield out.subarray(0, length);
  return ~crc;
}

function concat(parts: readonly Uint8Array[], length: number): Bytes {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
