import type { BitReader } from "./bits.ts";

/** The longest code that readers take; writers keep to 17, as bzip2 has since 1.0.3. */
const MAX_LENGTH = 20;
const MAX_WRITTEN_LENGTH = 17;

/** @param lengths of each symbol's code in bits, 1 to 20. @returns a function that reads the next symbol. */
export function symbolReader(lengths: Uint8Array): (bits: BitReader) => number {
  const shortest = lengths.reduce((a, b) => Math.min(a, b));
  const symbols = symbolsByCode(lengths);
  // For each length, one past its last code, and what to add to a code to find its symbol's place.
  const end = new Int32Array(MAX_LENGTH + 1);
  const offset = new Int32Array(MAX_LENGTH + 1);
  let code = 0;
  let place = 0;
  for (let length = 1; length <= MAX_LENGTH; length++) {
    const count = lengths.reduce((n, other) => n + (other === length ? 1 : 0), 0);
    offset[length] = place - code;
    code += count;
    place += count;
    end[length] = code;
    code *= 2;
  }
  return (bits) => {
    let length = shortest;
    let code = bits.read(length);
    while (code >= end[length]!) {
      if (++length > MAX_LENGTH) throw new Error("a code that is in no table");
      code = code * 2 + bits.read(1);
    }
    return symbols[code + offset[length]!]!;
  };
}

/** @returns each symbol's canonical code, to be written in its length of bits. */
export function codesOf(lengths: Uint8Array): Uint32Array {
  const codes = new Uint32Array(lengths.length);
  let code = 0;
  let previous = 0;
  for (const symbol of symbolsByCode(lengths)) {
    code <<= lengths[symbol]! - previous;
    previous = lengths[symbol]!;
    codes[symbol] = code++;
  }
  return codes;
}

/** Code lengths of 1 to 17 bits for symbols that occur so often; each gets one, also where it never occurs. */
export function codeLengths(frequencies: Uint32Array): Uint8Array {
  let weights: ArrayLike<number> = frequencies.map((n) => Math.max(1, n));
  for (;;) {
    const lengths = huffman(weights);
    if (lengths.every((length) => length <= MAX_WRITTEN_LENGTH)) return lengths;
    // Flatter weights make for shorter codes.
    weights = Array.from(weights, (weight) => 1 + Math.floor(weight / 2));
  }
}

function huffman(weights: ArrayLike<number>): Uint8Array {
  type Tree = { weight: number; symbols: number[] };
  const lengths = new Uint8Array(weights.length);
  const trees: Tree[] = Array.from(weights, (weight, symbol) => ({ weight, symbols: [symbol] }));
  while (trees.length > 1) {
    trees.sort((a, b) => b.weight - a.weight);
    const [a, b] = [trees.pop()!, trees.pop()!];
    const symbols = [...a.symbols, ...b.symbols];
    for (const symbol of symbols) lengths[symbol]!++;
    trees.push({ weight: a.weight + b.weight, symbols });
  }
  return lengths;
}

function symbolsByCode(lengths: Uint8Array): number[] {
  return [...lengths.keys()].sort((a, b) => lengths[a]! - lengths[b]! || a - b);
}
