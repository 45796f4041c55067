/** LZMA's longest match. */
export const MAX_MATCH = 273;
const MIN_MATCH = 4;
/** Good enough to stop looking. */
const NICE_MATCH = 96;
const MAX_TRIES = 16;
const HASH_BITS = 20;

export type Match = { length: number; distance: number };

/** The last DICTIONARY bytes or more, and where in them what comes next was seen before. */
export type MatchFinder = {
  /** The window; positions below are places in it. */
  readonly bytes: Uint8Array;
  /** Append what is to be packed next. @returns where it begins. */
  append(chunk: Uint8Array): number;
  /** Enters `at`; each position once, ascending. @returns where the same four bytes were last, or what is below 0. */
  enter(at: number, end: number): number;
  /** Enters `at`, and looks it up. @returns length 0 where nothing fits before `end`. */
  next(at: number, end: number): Match;
};

/** @param dictionary how far back matches reach: a power of 2. Chunks are no longer. */
export function matchFinder(dictionary: number): MatchFinder {
  const bytes = new Uint8Array(2 * dictionary);
  const head = new Int32Array(1 << HASH_BITS).fill(-1);
  const previous = new Int32Array(dictionary);
  let length = 0;

  const lengthOfMatch = (a: number, b: number, end: number): number => {
    const stop = Math.min(end, b + MAX_MATCH);
    let at = b;
    while (at < stop && bytes[a + at - b] === bytes[at]) at++;
    return at - b;
  };

  const enter = (at: number, end: number): number => {
    if (at + MIN_MATCH > end) return -1;
    const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    const hash = Math.imul(word, 0x9e3779b1) >>> (32 - HASH_BITS);
    const last = head[hash]!;
    previous[at & (dictionary - 1)] = last;
    head[hash] = at;
    return last;
  };

  return {
    bytes,
    enter,
    append(chunk) {
      if (length + chunk.length > bytes.length) {
        bytes.copyWithin(0, dictionary, length);
        length -= dictionary;
        // Places move with the bytes; those that are gone are below 0.
        for (const places of [head, previous]) for (let i = 0; i < places.length; i++) places[i]! -= dictionary;
      }
      bytes.set(chunk, length);
      length += chunk.length;
      return length - chunk.length;
    },
    next(at, end) {
      const best: Match = { length: 0, distance: 0 };
      let candidate = enter(at, end);
      for (let tries = MAX_TRIES; tries > 0 && candidate >= 0 && at - candidate < dictionary; tries--) {
        if (bytes[candidate + best.length] === bytes[at + best.length]) {
          const found = lengthOfMatch(candidate, at, end);
          if (found >= MIN_MATCH && found > best.length) {
            best.length = found;
            best.distance = at - candidate;
            if (found >= NICE_MATCH) break;
          }
        }
        candidate = previous[candidate & (dictionary - 1)]!;
      }
      return best;
    },
  };
}
