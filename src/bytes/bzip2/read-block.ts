import type { BitReader } from "./bits.ts";
import { GROUP_SIZE, RUN_A, RUN_B } from "./format.ts";
import { symbolReader } from "./huffman.ts";

/**
 * The rest of a block after its checksum, back to what the first run-length coding left.
 *
 * @param maxLength of the result: the stream's level says it.
 */
export function readBlock(bits: BitReader, maxLength: number): Uint8Array {
  if (bits.read(1) === 1) throw new Error("a randomised block, which bzip2 has not written since 1999");
  const origin = bits.read(24);
  return undoBurrowsWheeler(readSymbols(bits, maxLength), origin);
}

/** Huffman codes, runs of zeros and move-to-front undone: the last column of the sorted rotations. */
function readSymbols(bits: BitReader, maxLength: number): Uint8Array {
  const alphabet = readAlphabet(bits);
  const endOfBlock = alphabet.length + 1;
  const tableCount = bits.read(3);
  if (tableCount < 2 || tableCount > 6) throw new Error(`${tableCount} Huffman tables`);
  const selectors = readSelectors(bits, tableCount);
  const tables = Array.from({ length: tableCount }, () => symbolReader(readLengths(bits, endOfBlock + 1)));

  const column = new Uint8Array(maxLength);
  let length = 0;
  let run = 0;
  let digit = 1;
  for (let group = 0; ; group++) {
    const table = tables[selectors[group] ?? -1];
    if (!table) throw new Error("more symbols than selectors");
    for (let i = 0; i < GROUP_SIZE; i++) {
      const symbol = table(bits);
      if (symbol === RUN_A || symbol === RUN_B) {
        run += digit * (symbol + 1);
        digit *= 2;
        if (length + run > maxLength) throw new Error("a block longer than its stream allows");
        continue;
      }
      if (run > 0) {
        column.fill(alphabet[0]!, length, length + run);
        length += run;
        run = 0;
        digit = 1;
      }
      if (symbol === endOfBlock) return column.subarray(0, length);
      if (length === maxLength) throw new Error("a block longer than its stream allows");
      const byte = alphabet[symbol - 1]!;
      alphabet.copyWithin(1, 0, symbol - 1);
      alphabet[0] = byte;
      column[length++] = byte;
    }
  }
}

/** The bytes that occur, ascending. */
function readAlphabet(bits: BitReader): Uint8Array {
  const sixteens = bits.read(16);
  const bytes: number[] = [];
  for (let high = 0; high < 16; high++) {
    if ((sixteens & (0x8000 >>> high)) === 0) continue;
    const used = bits.read(16);
    for (let low = 0; low < 16; low++) if (used & (0x8000 >>> low)) bytes.push(high * 16 + low);
  }
  if (bytes.length === 0) throw new Error("a block without bytes");
  return Uint8Array.from(bytes);
}

/** Which table codes each group, move-to-front undone. */
function readSelectors(bits: BitReader, tableCount: number): Uint8Array {
  const order = [...Array(tableCount).keys()];
  return Uint8Array.from({ length: bits.read(15) }, () => {
    let place = 0;
    while (bits.read(1) === 1) if (++place >= tableCount) throw new Error("a selector of a table that is not there");
    const [table] = order.splice(place, 1);
    order.unshift(table!);
    return table!;
  });
}

/** Code lengths, each told by its difference from the one before. */
function readLengths(bits: BitReader, count: number): Uint8Array {
  let length = bits.read(5);
  return Uint8Array.from({ length: count }, () => {
    while (bits.read(1) === 1) length += bits.read(1) === 0 ? 1 : -1;
    if (length < 1 || length > 20) throw new Error(`a Huffman code of ${length} bits`);
    return length;
  });
}

/** @param origin which of the sorted rotations is the text itself. */
function undoBurrowsWheeler(column: Uint8Array, origin: number): Uint8Array {
  if (origin >= column.length) throw new Error("a block without a beginning");
  const next = new Int32Array(256);
  for (const byte of column) next[byte]!++;
  for (let byte = 0, sum = 0; byte < 256; byte++) {
    const count = next[byte]!;
    next[byte] = sum;
    sum += count;
  }
  // follows[i]: which rotation is rotation i, turned by one to the left.
  const follows = new Int32Array(column.length);
  for (let i = 0; i < column.length; i++) follows[next[column[i]!]!++] = i;
  const text = new Uint8Array(column.length);
  for (let i = 0, at = follows[origin]!; i < text.length; i++, at = follows[at]!) text[i] = column[at]!;
  return text;
}
