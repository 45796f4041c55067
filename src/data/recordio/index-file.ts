import type { ArcfaceError } from "../../errors.ts";
import type { OnBad } from "../labelled-images.ts";
import { badLine } from "../lines.ts";

/** Where records begin, in the order of their keys, 12 bytes each: `offsets[k]` is of the record with key `keys[k]`. */
export type RecordIndex = { readonly keys: Uint32Array; readonly offsets: Float64Array };

export const MAX_KEY: number = 2 ** 32 - 1;

const [NEWLINE, RETURN, TAB, SPACE, ZERO] = [10, 13, 9, 32, 48];

/**
 * Read an .idx: lines of `key`, tab, `offset`, in any order. It is read as it comes and never held.
 *
 * @param options.byteLength of the .rec: offsets lie before its end, on multiples of 4.
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT with the line, or to `onBad`, without that line.
 */
export async function readIndex(
  chunks: AsyncIterable<Uint8Array>,
  options: { file: string; byteLength: number; onBad?: OnBad | undefined },
): Promise<RecordIndex> {
  const { file, byteLength, onBad } = options;
  const entries = createEntries();
  let line = 1;
  /** The numbers of the line so far; NaN from what is no digit on. */
  let numbers: number[] = [];
  let current: number | null = null;
  const report = (error: ArcfaceError): void => {
    if (!onBad) throw error;
    onBad(error);
  };
  const endNumber = (): void => {
    if (current !== null) numbers.push(current);
    current = null;
  };
  const endLine = (): void => {
    endNumber();
    const problem = problemOf(numbers, byteLength);
    if (problem) report(badLine(file, line, problem.expected, problem.got));
    else if (numbers.length > 0) entries.push(numbers[0]!, numbers[1]!);
    numbers = [];
    line++;
  };
  for await (const chunk of chunks) {
    for (const byte of chunk) {
      if (byte === NEWLINE) endLine();
      else if (byte === TAB || byte === SPACE || byte === RETURN) endNumber();
      else current = 10 * (current ?? 0) + (byte >= ZERO && byte <= ZERO + 9 ? byte - ZERO : Number.NaN);
    }
  }
  endLine();
  return entries.inOrder((key) => report(badLine(file, line - 1, "each key once", `${key} twice`)));
}

function problemOf(numbers: readonly number[], byteLength: number): { expected: string; got: string } | null {
  if (numbers.length === 0) return null;
  const [key, offset] = numbers as [number, number];
  if (numbers.length !== 2 || Number.isNaN(key + offset)) {
    return { expected: "a key and an offset, whole numbers with a tab between", got: "something else" };
  }
  if (key > MAX_KEY) return { expected: `a key up to ${MAX_KEY}`, got: `${key}` };
  if (offset >= byteLength) return { expected: `an offset below the file's ${byteLength} bytes`, got: `${offset}` };
  if (offset % 4 !== 0) return { expected: "an offset that is a multiple of 4", got: `${offset}` };
  return null;
}

/** Keys and offsets as they come, in arrays that double. */
export function createEntries(): {
  push(key: number, offset: number): void;
  /** @param onTwice is told of a key that comes again; its first record stands. */
  inOrder(onTwice: (key: number) => void): RecordIndex;
} {
  let [keys, offsets, count] = [new Uint32Array(1024), new Float64Array(1024), 0];
  return {
    push(key, offset) {
      if (count === keys.length) {
        const [moreKeys, moreOffsets] = [new Uint32Array(2 * count), new Float64Array(2 * count)];
        moreKeys.set(keys);
        moreOffsets.set(offsets);
        [keys, offsets] = [moreKeys, moreOffsets];
      }
      keys[count] = key;
      offsets[count++] = offset;
    },
    inOrder: (onTwice) => sortByKey(keys.subarray(0, count), offsets.subarray(0, count), onTwice),
  };
}

function sortByKey(keys: Uint32Array, offsets: Float64Array, onTwice: (key: number) => void): RecordIndex {
  let [largest, isSorted] = [0, true];
  for (let k = 0; k < keys.length; k++) {
    if (k > 0 && keys[k]! <= keys[k - 1]!) isSorted = false;
    largest = Math.max(largest, keys[k]!);
  }
  if (isSorted) return { keys: keys.slice(), offsets: offsets.slice() };
  // Numbers without large gaps, as all writers give them, are put where they belong; others are sorted.
  if (largest < 4 * keys.length) return placeByKey(keys, offsets, largest, onTwice);
  const order = Uint32Array.from(keys.keys()).sort((a, b) => keys[a]! - keys[b]! || a - b);
  const firsts = order.filter((at, k) => {
    const isFirst = k === 0 || keys[order[k - 1]!] !== keys[at];
    if (!isFirst) onTwice(keys[at]!);
    return isFirst;
  });
  return { keys: firsts.map((at) => keys[at]!), offsets: Float64Array.from(firsts, (at) => offsets[at]!) };
}

function placeByKey(
  keys: Uint32Array,
  offsets: Float64Array,
  largest: number,
  onTwice: (key: number) => void,
): RecordIndex {
  const places = new Float64Array(largest + 1).fill(Number.NaN);
  let count = 0;
  for (let k = 0; k < keys.length; k++) {
    const key = keys[k]!;
    if (!Number.isNaN(places[key]!)) {
      onTwice(key);
      continue;
    }
    places[key] = offsets[k]!;
    count++;
  }
  const sorted = { keys: new Uint32Array(count), offsets: new Float64Array(count) };
  let at = 0;
  for (let key = 0; key <= largest; key++) {
    if (Number.isNaN(places[key]!)) continue;
    sorted.keys[at] = key;
    sorted.offsets[at++] = places[key]!;
  }
  return sorted;
}
