import { ArcfaceError } from "../errors.ts";
import { badLine, type Line, linesOf, wholeNumber } from "./lines.ts";
import { imageIndex, type Pair, type PairSet } from "./pair-set.ts";

const SAME = "a pair of one person: name, number, number";
const DIFFERENT = "a pair of two people: name, number, name, number";

/**
 * Parse LFW's `pairs.txt`. A header `folds pairs`, then for each fold `pairs` lines `name n1 n2` (the same person)
 * and `pairs` lines `nameA n1 nameB n2` (different ones), tab between fields. A header of one number, as in
 * `pairsDevTest.txt`, is one fold. Images are `name/name_0001.jpg`.
 *
 * @param file what errors call it.
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT with the line's number; INVALID_ARGUMENT where a name is not a file's name.
 * Source: vis-www.cs.umass.edu/lfw, "Format of pairs.txt".
 */
export function parseLfwPairs(text: string, { file = "pairs.txt" }: { file?: string } = {}): PairSet {
  const [header, ...lines] = linesOf(text);
  if (!header) throw new ArcfaceError("UNSUPPORTED_FORMAT", `${file}: expected LFW pairs, got an empty file`);
  const { folds, perKind } = parseHeader(header, file);
  const wanted = folds * 2 * perKind;
  if (lines.length !== wanted) {
    const what = `${wanted} pairs as the header says (${folds} × 2 × ${perKind})`;
    throw new ArcfaceError("UNSUPPORTED_FORMAT", `${file}: expected ${what}, got ${lines.length}`, {
      hint: lines.length < wanted ? "the file is cut short: copy it again" : "the header or the lines were edited",
    });
  }
  const { images, indexOf } = imageIndex();
  const pairs = lines.map((line, i): Pair => {
    const fold = Math.floor(i / (2 * perKind));
    const same = i % (2 * perKind) < perKind;
    const [a, b] = same ? parseSame(line, file) : parseDifferent(line, file);
    return { a: indexOf(a), b: indexOf(b), same, fold };
  });
  return { name: "LFW", images, pairs };
}

function parseHeader(header: Line, file: string): { folds: number; perKind: number } {
  const numbers = header.text.split(/\s+/).map(wholeNumber);
  const [folds, perKind] = numbers.length === 1 ? [1, numbers[0]] : numbers;
  if (numbers.length > 2 || !folds || !perKind) {
    throw badLine(file, header.number, "a header of folds and pairs, such as 10 and 300", `"${header.text}"`);
  }
  return { folds, perKind };
}

function parseSame(line: Line, file: string): [string, string] {
  const [name, first, second, ...rest] = fields(line);
  const [n1, n2] = [wholeNumber(first), wholeNumber(second)];
  if (!name || n1 === null || n2 === null || rest.length > 0) throw badLine(file, line.number, SAME, `"${line.text}"`);
  return [imagePath(name, n1, line, file), imagePath(name, n2, line, file)];
}

function parseDifferent(line: Line, file: string): [string, string] {
  const [nameA, first, nameB, second, ...rest] = fields(line);
  const [n1, n2] = [wholeNumber(first), wholeNumber(second)];
  if (!nameA || !nameB || nameA === nameB || n1 === null || n2 === null || rest.length > 0) {
    throw badLine(file, line.number, DIFFERENT, `"${line.text}"`);
  }
  return [imagePath(nameA, n1, line, file), imagePath(nameB, n2, line, file)];
}

/** Some copies have spaces for tabs; names have underscores for spaces, so both read alike. */
function fields(line: Line): string[] {
  return line.text.split(/\s+/);
}

function imagePath(name: string, number: number, line: Line, file: string): string {
  if (/[/\\\0]/.test(name) || name === "." || name === "..") {
    throw new ArcfaceError(
      "INVALID_ARGUMENT",
      `${file}:${line.number}: expected a person's name, got a path: ${name}`,
      {
        hint: "a pairs file may name images in its own folder only",
      },
    );
  }
  return `${name}/${name}_${String(number).padStart(4, "0")}.jpg`;
}
