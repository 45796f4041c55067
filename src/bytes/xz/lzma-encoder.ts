import { MAX_MATCH, type Match, type MatchFinder } from "./match-finder.ts";
import { newProbabilities, type Probabilities, rangeEncoder } from "./range-encoder.ts";

/** lc = 3, lp = 0, pb = 2: the byte that tells a reader so. */
export const PROPERTIES = (2 * 5 + 0) * 9 + 3;
const LITERAL_CONTEXT_BITS = 3;
const POSITION_MASK = 3;

const STATES = 12;
const afterLiteral = (state: number) => (state < 4 ? 0 : state < 10 ? state - 3 : state - 6);
const afterMatch = (state: number) => (state < 7 ? 7 : 10);
const afterRepeat = (state: number) => (state < 7 ? 8 : 11);

const MIN_LENGTH = 2;
/** Matches that are as long are taken without a look at the next byte. */
const LAZY_BELOW = 64;

const newLengthModel = () => ({
  choice: newProbabilities(2),
  low: newProbabilities(16 * 8),
  middle: newProbabilities(16 * 8),
  high: newProbabilities(256),
});
type LengthModel = ReturnType<typeof newLengthModel>;

const newModel = () => ({
  isMatch: newProbabilities(STATES * 16),
  isRepeat: newProbabilities(STATES),
  isRepeatAfter0: newProbabilities(STATES),
  isRepeatAfter1: newProbabilities(STATES),
  isRepeatAfter2: newProbabilities(STATES),
  isLongRepeat0: newProbabilities(STATES * 16),
  literals: newProbabilities(0x300 << LITERAL_CONTEXT_BITS),
  slots: newProbabilities(4 * 64),
  special: newProbabilities(128),
  align: newProbabilities(16),
  matchLength: newLengthModel(),
  repeatLength: newLengthModel(),
});

export type LzmaEncoder = {
  /** Forget what was learnt, as a reader does where it is told to. */
  reset(): void;
  /** Pack `finder.bytes` from `start` to `end`, at most `chunk` bytes. */
  encode(start: number, end: number): Uint8Array<ArrayBuffer>;
};

/**
 * LZMA, greedy with a look at the next byte: about what `xz -2` gives. Its codes are those of the LZMA specification,
 * and the names here its names: a repeat is a match at one of the last four distances.
 */
export function lzmaEncoder(finder: MatchFinder, chunk: number): LzmaEncoder {
  const { bytes } = finder;
  const coder = rangeEncoder(2 * chunk + 64); // no bit costs more than eleven, few that much
  let model = newModel();
  let state = 0;
  let distances = [1, 1, 1, 1];

  const literal = (at: number): void => {
    coder.bit(model.isMatch, state * 16 + (at & POSITION_MASK), 0);
    const before = at === 0 ? 0 : bytes[at - 1]!;
    const offset = 0x300 * (before >>> (8 - LITERAL_CONTEXT_BITS));
    if (state < 7) coder.tree(model.literals, offset, 8, bytes[at]!);
    else matchedLiteral(offset, bytes[at]!, bytes[at - distances[0]!]!);
    state = afterLiteral(state);
  };

  /** After a match the byte that would have followed there tells what not to expect. */
  const matchedLiteral = (offset: number, byte: number, expected: number): void => {
    let same = 0x100;
    let symbol = byte | 0x100;
    for (let matched = expected; symbol < 0x10000; ) {
      matched <<= 1;
      coder.bit(model.literals, offset + same + (matched & same) + (symbol >>> 8), (symbol >>> 7) & 1);
      symbol <<= 1;
      same &= ~(matched ^ symbol);
    }
  };

  const codeLength = ({ choice, low, middle, high }: LengthModel, length: number, at: number): void => {
    const value = length - MIN_LENGTH;
    const position = (at & POSITION_MASK) * 8;
    coder.bit(choice, 0, value < 8 ? 0 : 1);
    if (value >= 8) coder.bit(choice, 1, value < 16 ? 0 : 1);
    if (value < 8) coder.tree(low, position, 3, value);
    else if (value < 16) coder.tree(middle, position, 3, value - 8);
    else coder.tree(high, 0, 8, value - 16);
  };

  const match = (at: number, { length, distance }: Match): void => {
    coder.bit(model.isMatch, state * 16 + (at & POSITION_MASK), 1);
    coder.bit(model.isRepeat, state, 0);
    codeLength(model.matchLength, length, at);
    codeDistance(distance - 1, Math.min(length - MIN_LENGTH, 3));
    distances = [distance, ...distances.slice(0, 3)];
    state = afterMatch(state);
  };

  const codeDistance = (value: number, lengthState: number): void => {
    const top = 31 - Math.clz32(value);
    const slot = value < 4 ? value : top * 2 + ((value >>> (top - 1)) & 1);
    coder.tree(model.slots, lengthState * 64, 6, slot);
    if (slot < 4) return;
    const count = (slot >>> 1) - 1;
    const base = (2 | (slot & 1)) << count;
    const rest = value - base;
    if (slot < 14) coder.reverseTree(model.special, base - slot, count, rest);
    else {
      coder.direct(count - 4, rest >>> 4);
      coder.reverseTree(model.align, 0, 4, rest & 15);
    }
  };

  const repeat = (at: number, which: number, length: number): void => {
    coder.bit(model.isMatch, state * 16 + (at & POSITION_MASK), 1);
    coder.bit(model.isRepeat, state, 1);
    const bit = (probabilities: Probabilities, value: boolean) => coder.bit(probabilities, state, value ? 1 : 0);
    bit(model.isRepeatAfter0, which > 0);
    if (which === 0) coder.bit(model.isLongRepeat0, state * 16 + (at & POSITION_MASK), 1);
    else bit(model.isRepeatAfter1, which > 1);
    if (which > 1) bit(model.isRepeatAfter2, which > 2);
    const [distance] = distances.splice(which, 1);
    distances.unshift(distance!);
    codeLength(model.repeatLength, length, at);
    state = afterRepeat(state);
  };

  /** The longest match at one of the last distances, its length 0 or at least 2. */
  const longestRepeat = (at: number, end: number): { which: number; length: number } => {
    const best = { which: 0, length: 0 };
    const stop = Math.min(end, at + MAX_MATCH);
    for (let which = 0; which < distances.length; which++) {
      const distance = distances[which]!;
      if (distance > at || bytes[at - distance] !== bytes[at]) continue;
      let to = at + 1;
      while (to < stop && bytes[to - distance] === bytes[to]) to++;
      if (to - at > best.length && to - at >= MIN_LENGTH) {
        best.which = which;
        best.length = to - at;
      }
    }
    return best;
  };

  return {
    reset() {
      model = newModel();
      state = 0;
      distances = [1, 1, 1, 1];
    },
    encode(start, end) {
      let ahead: Match | null = null;
      for (let at = start; at < end; ) {
        const found: Match = ahead ?? finder.next(at, end);
        ahead = null;
        const again = longestRepeat(at, end);
        let taken = 1;
        if (again.length > 0 && again.length + 1 >= found.length) {
          repeat(at, again.which, again.length);
          taken = again.length;
        } else {
          // A longer one may begin at the next byte.
          if (found.length > 0 && found.length < LAZY_BELOW && at + 1 < end) ahead = finder.next(at + 1, end);
          if (found.length > 0 && (ahead?.length ?? 0) <= found.length + 1) {
            match(at, found);
            taken = found.length;
          } else literal(at);
        }
        for (let i = ahead ? 2 : 1; i < taken; i++) finder.enter(at + i, end);
        if (taken > 1) ahead = null;
        at += taken;
      }
      return coder.finish();
    },
  };
}
