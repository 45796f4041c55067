import { ArcfaceError } from "../errors.ts";
import { badLine, type Line, linesOf, type NamedText, wholeNumber } from "./lines.ts";
import { imageIndex, type Pair, type PairSet } from "./pair-set.ts";

/** A pair as a list tells it. */
type Listed = { readonly a: string; readonly b: string; readonly same: boolean };

/**
 * Parse `pairs_CALFW.txt` or `pairs_CPLFW.txt`: two lines a pair, `file label`, the label of both 0 for two people and
 * another whole number for one (CPLFW writes 1; CALFW the fold, 1 to 10, of the pairs of one person only).
 *
 * Each kind, in the file's order, is cut into ten folds of one size, which are CALFW's own for the pairs that have one.
 *
 * @param name what the set is called.
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT with the line's number.
 */
export function parseTwoLinePairs(name: string, { file, text }: NamedText): PairSet {
  const lines = linesOf(text);
  if (lines.length % 2 === 1)
    throw new ArcfaceError("UNSUPPORTED_FORMAT", `${file}: expected two lines a pair, got ${lines.length} lines`);
  const listed: Listed[] = [];
  for (let i = 0; i < lines.length; i += 2) {
    const [a, b] = [parseLine(lines[i]!, file), parseLine(lines[i + 1]!, file)];
    if (a.label !== b.label)
      throw badLine(file, lines[i + 1]!.number, `the label ${a.label} of the line before`, `${b.label}`);
    listed.push({ a: a.image, b: b.image, same: a.label !== 0 });
  }
  return { name, ...inFolds(listed, file, "by kind") };
}

/**
 * Parse a list of lines `label first second`, 1 for one person and 0 for two, as `agedb_30_ann.txt` and others that hold
 * InsightFace's `.bin` unpacked. Folds are ten in a row, as its evaluation has them.
 *
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT with the line's number.
 */
export function parseLabelledPairs(name: string, { file, text }: NamedText): PairSet {
  const listed = linesOf(text).map((line): Listed => {
    const [label, a, b, ...rest] = line.text.split(/\s+/);
    if ((label !== "0" && label !== "1") || !a || !b || rest.length > 0)
      throw badLine(file, line.number, "0 or 1 and two images", `"${line.text}"`);
    return { a: inside(a, file, line), b: inside(b, file, line), same: label === "1" };
  });
  return { name, ...inFolds(listed, file, "in a row") };
}

function parseLine(line: Line, file: string): { image: string; label: number } {
  const [image, digits, ...rest] = line.text.split(/\s+/);
  const label = wholeNumber(digits);
  if (!image || label === null || rest.length > 0)
    throw badLine(file, line.number, "an image and a label", `"${line.text}"`);
  return { image: inside(image, file, line), label };
}

/** A list may name images in its own folder only. */
function inside(path: string, file: string, line: Line): string {
  const parts = path.replaceAll("\\", "/").split("/");
  if (parts.every((part) => part !== "" && part !== "." && part !== "..") && !/^[A-Za-z]:/.test(path))
    return parts.join("/");
  throw new ArcfaceError(
    "INVALID_ARGUMENT",
    `${file}:${line.number}: expected a path inside the data set, got ${path}`,
  );
}

const FOLDS = 10;

function inFolds(listed: readonly Listed[], file: string, how: "by kind" | "in a row"): Omit<PairSet, "name"> {
  const total = { true: 0, false: 0, all: listed.length };
  for (const { same } of listed) total[`${same}`]++;
  if (how === "by kind" ? Math.min(total.true, total.false) < FOLDS : total.all < FOLDS)
    throw new ArcfaceError(
      "UNSUPPORTED_FORMAT",
      `${file}: expected ten pairs of each kind or more, got ${total.all} pairs`,
    );
  const { images, indexOf } = imageIndex();
  const seen = { true: 0, false: 0, all: 0 };
  const pairs = listed.map(({ a, b, same }): Pair => {
    const kind = how === "by kind" ? (`${same}` as const) : "all";
    return { a: indexOf(a), b: indexOf(b), same, fold: foldOf(seen[kind]++, total[kind]) };
  });
  return { images, pairs };
}

/** The first n mod 10 folds are larger by one, as scikit-learn's unshuffled KFold. */
function foldOf(i: number, n: number): number {
  const small = Math.floor(n / FOLDS);
  const large = n % FOLDS;
  return i < large * (small + 1) ? Math.floor(i / (small + 1)) : large + Math.floor((i - large * (small + 1)) / small);
}
