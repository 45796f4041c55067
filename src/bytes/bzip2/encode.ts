import type { Bytes } from "../stream.ts";
import { type BitWriter, bitWriter } from "./bits.ts";
import { addToCrc, combineCrc } from "./crc.ts";
import { BLOCK_UNIT, END_MAGIC } from "./format.ts";
import { writeBlock } from "./write-block.ts";

const LEVEL = 9;
/** A run and its count may still have to go in. */
const FULL = LEVEL * BLOCK_UNIT - 19;

/** bzip2 at its best level, block by block; any reader takes it. Somewhat larger than libbzip2's: one Huffman table a block. */
export async function* encodeBzip2(chunks: AsyncIterable<Bytes>): AsyncGenerator<Bytes> {
  const bits = bitWriter();
  const block = new Uint8Array(LEVEL * BLOCK_UNIT);
  let length = 0;
  let crc = -1;
  let streamCrc = 0;
  let runByte = -1;
  let run = 0;

  const endRun = () => {
    for (let i = 0; i < run; i++) crc = addToCrc(crc, runByte);
    for (let i = 0; i < Math.min(run, 4); i++) block[length++] = runByte;
    if (run >= 4) block[length++] = run - 4;
    run = 0;
  };
  const endBlock = () => {
    writeBlock(bits, block.subarray(0, length), ~crc);
    streamCrc = combineCrc(streamCrc, ~crc);
    length = 0;
    crc = -1;
  };

  for (const byte of [0x42, 0x5a, 0x68, 0x30 + LEVEL]) bits.write(8, byte);
  for await (const chunk of chunks) {
    for (const byte of chunk) {
      if (byte === runByte && run < 255) {
        run++;
        continue;
      }
      endRun();
      if (length >= FULL) {
        endBlock();
        yield bits.take();
      }
      runByte = byte;
      run = 1;
    }
  }
  endRun();
  if (length > 0) endBlock();
  writeEnd(bits, streamCrc);
  yield bits.take(true);
}

function writeEnd(bits: BitWriter, crc: number): void {
  for (const half of END_MAGIC) bits.write(24, half);
  bits.write(16, crc >>> 16);
  bits.write(16, crc & 0xffff);
}
