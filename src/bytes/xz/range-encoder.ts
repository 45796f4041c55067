/** Probabilities that a bit is 0, of 2048; adaptive. */
export type Probabilities = Uint16Array;

export const newProbabilities = (count: number): Probabilities => new Uint16Array(count).fill(1024);

/** LZMA's range coder, writing. */
export type RangeEncoder = {
  bit(probabilities: Probabilities, index: number, bit: number): void;
  /** A number of `count` bits, most significant first, each bit's probability by those above it. */
  tree(probabilities: Probabilities, offset: number, count: number, value: number): void;
  /** The same, least significant first. */
  reverseTree(probabilities: Probabilities, offset: number, count: number, value: number): void;
  /** Bits as likely 0 as 1. */
  direct(count: number, value: number): void;
  /** All that was written; begins anew. */
  finish(): Uint8Array<ArrayBuffer>;
};

/** @param capacity enough for what is written between two `finish`. */
export function rangeEncoder(capacity: number): RangeEncoder {
  const bytes = new Uint8Array(capacity);
  let length = 0;
  // low, below 2^33, and range, below 2^32. In variables they would be boxed anew at each bit.
  const interval = new Float64Array([0, 0xffffffff]);
  let cache = 0;
  let cached = 1;

  const shift = (): void => {
    const low = interval[0]!;
    if (low < 0xff000000 || low > 0xffffffff) {
      const carry = low > 0xffffffff ? 1 : 0;
      for (; cached > 0; cached--) {
        bytes[length++] = cache + carry;
        cache = 0xff;
      }
      cache = (low >>> 24) & 0xff;
    }
    cached++;
    interval[0] = (low & 0x00ffffff) * 256;
  };
  /** Cut the interval to its part from `from`, of length `range`. */
  const narrow = (from: number, range: number): void => {
    interval[0]! += from;
    let wide = range;
    for (; wide < 0x1000000; wide *= 256) shift();
    interval[1] = wide;
  };
  const bit = (probabilities: Probabilities, index: number, value: number): void => {
    const p = probabilities[index]!;
    const range = interval[1]!;
    const bound = (range >>> 11) * p;
    if (value === 0) {
      probabilities[index] = p + ((2048 - p) >>> 5);
      narrow(0, bound);
    } else {
      probabilities[index] = p - (p >>> 5);
      narrow(bound, range - bound);
    }
  };
  return {
    bit,
    tree(probabilities, offset, count, value) {
      for (let i = count - 1, node = 1; i >= 0; i--) {
        const b = (value >>> i) & 1;
        bit(probabilities, offset + node, b);
        node = node * 2 + b;
      }
    },
    reverseTree(probabilities, offset, count, value) {
      for (let i = 0, node = 1; i < count; i++) {
        const b = (value >>> i) & 1;
        bit(probabilities, offset + node, b);
        node = node * 2 + b;
      }
    },
    direct(count, value) {
      for (let i = count - 1; i >= 0; i--) {
        const half = Math.floor(interval[1]! / 2);
        narrow((value >>> i) & 1 ? half : 0, half);
      }
    },
    finish() {
      for (let i = 0; i < 5; i++) shift();
      const done = bytes.slice(0, length);
      length = 0;
      interval.set([0, 0xffffffff]);
      cache = 0;
      cached = 1;
      return done;
    },
  };
}
