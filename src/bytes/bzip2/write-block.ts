import type { BitWriter } from "./bits.ts";
import { BLOCK_MAGIC, GROUP_SIZE, RUN_A, RUN_B } from "./format.ts";
import { codeLengths, codesOf } from "./huffman.ts";
import { sortRotations } from "./sort-rotations.ts";

/** A block of at least one byte, after the first run-length coding. @param crc of what it was before. */
export function writeBlock(bits: BitWriter, block: Uint8Array, crc: number): void {
  const order = sortRotations(block);
  for (const half of BLOCK_MAGIC) bits.write(24, half);
  bits.write(16, crc >>> 16);
  bits.write(16, crc & 0xffff);
  bits.write(1, 0); // not randomised
  bits.write(24, order.indexOf(0));

  const alphabet = writeAlphabet(bits, block);
  const endOfBlock = alphabet.length + 1;
  const symbols = symbolsOf(block, order, alphabet);
  const frequencies = new Uint32Array(endOfBlock + 1);
  for (const symbol of symbols) frequencies[symbol]!++;

  // At least two tables are asked for; the same twice, of which only the first is chosen.
  bits.write(3, 2);
  const groups = Math.ceil(symbols.length / GROUP_SIZE);
  bits.write(15, groups);
  for (let i = 0; i < groups; i++) bits.write(1, 0);
  const lengths = codeLengths(frequencies);
  writeLengths(bits, lengths);
  writeLengths(bits, lengths);
  const codes = codesOf(lengths);
  for (const symbol of symbols) bits.write(lengths[symbol]!, codes[symbol]!);
}

/** @returns the bytes that occur, ascending. */
function writeAlphabet(bits: BitWriter, block: Uint8Array): Uint8Array {
  const used = new Uint8Array(256);
  for (const byte of block) used[byte] = 1;
  const sixteens = Array.from({ length: 16 }, (_, high) => used.subarray(high * 16, high * 16 + 16));
  for (const sixteen of sixteens) bits.write(1, sixteen.includes(1) ? 1 : 0);
  for (const sixteen of sixteens) if (sixteen.includes(1)) for (const bit of sixteen) bits.write(1, bit);
  return Uint8Array.from([...used.keys()].filter((byte) => used[byte]));
}

/** The last column of the sorted rotations, moved to front, runs of zeros counted, with an end. */
function symbolsOf(block: Uint8Array, order: Int32Array, alphabet: Uint8Array): Uint16Array {
  const symbols = new Uint16Array(block.length + 1);
  const recent = alphabet.slice();
  let length = 0;
  let zeros = 0;
  const endRun = () => {
    for (; zeros > 0; zeros = (zeros - 1) >> 1) symbols[length++] = zeros & 1 ? RUN_A : RUN_B;
  };
  for (const start of order) {
    const byte = block[start === 0 ? block.length - 1 : start - 1]!;
    const place = recent.indexOf(byte);
    if (place === 0) {
      zeros++;
      continue;
    }
    endRun();
    recent.copyWithin(1, 0, place);
    recent[0] = byte;
    symbols[length++] = place + 1;
  }
  endRun();
  symbols[length++] = alphabet.length + 1;
  return symbols.subarray(0, length);
}

function writeLengths(bits: BitWriter, lengths: Uint8Array): void {
  let current = lengths[0]!;
  bits.write(5, current);
  for (const length of lengths) {
    for (; current < length; current++) bits.write(2, 0b10);
    for (; current > length; current--) bits.write(2, 0b11);
    bits.write(1, 0);
  }
}
