import { parseCsv } from "./csv.ts";
import { badLine, type NamedText, wholeNumber } from "./lines.ts";
import { combined } from "./pair-columns.ts";
import { imageIndex } from "./pair-set.ts";

/** Pairs out of a table of one's own: images by path, and what the table tells of the pairs. */
export type CsvPairs = {
  readonly images: readonly string[];
  /** Whose each image is; `null` where the table does not say. */
  readonly people: readonly (string | null)[];
  readonly pairs: readonly { readonly a: number; readonly b: number; readonly same: boolean; readonly fold: number }[];
  readonly hasFolds: boolean;
  readonly columns: Readonly<Record<string, readonly (string | null)[]>>;
};

const SAME: Readonly<Record<string, boolean>> = {
  1: true,
  0: false,
  true: true,
  false: false,
  same: true,
  different: false,
};
const OWN = new Set(["a", "b", "same", "fold", "person_a", "person_b"]);

/**
 * Parse a CSV of pairs, its columns in any order by the header's names:
 *
 * - `a`, `b`: paths of two images; `same`: 1 or 0, true or false, same or different
 * - `fold` (optional): a whole number; folds are counted anew from 0 in their order
 * - `person_a`, `person_b` (optional): whose the images are
 * - any other: a column of the pairs, such as `camera`; `camera_a` and `camera_b` are put together into one. Empty fields
 *   are not known.
 *
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT with the line's number.
 */
export function parsePairCsv(named: NamedText): CsvPairs {
  const { file } = named;
  const { header, rows } = parseCsv(named);
  const column = new Map(header.map((name, i) => [name.toLowerCase(), i]));
  for (const name of ["a", "b", "same"]) {
    if (!column.has(name)) throw badLine(file, 1, "the columns a, b and same", header.join(", "));
  }
  if (rows.length === 0) throw badLine(file, 1, "pairs below the header", "none");
  const { images, indexOf } = imageIndex();
  const people = new Map<number, string>();
  const parsed = rows.map(({ fields, line }) => {
    const field = (name: string): string => fields[column.get(name) ?? -1] ?? "";
    const same = SAME[field("same").toLowerCase()];
    if (field("a") === "" || field("b") === "") throw badLine(file, line, "two images", `"${fields.join(",")}"`);
    if (same === undefined) throw badLine(file, line, "1 or 0 in the column same", `"${field("same")}"`);
    const fold = column.has("fold") ? wholeNumber(field("fold")) : 0;
    if (fold === null) throw badLine(file, line, "a whole number in the column fold", `"${field("fold")}"`);
    const [a, b] = [indexOf(field("a")), indexOf(field("b"))];
    for (const [image, person] of [
      [a, field("person_a")],
      [b, field("person_b")],
    ] as const) {
      const known = people.get(image) ?? person;
      if (person !== "" && known !== person)
        throw badLine(file, line, `${images[image]} to be ${known}'s, as before`, person);
      if (person !== "") people.set(image, person);
    }
    return { a, b, same, fold };
  });
  const folds = new Map([...new Set(parsed.map(({ fold }) => fold))].sort((x, y) => x - y).map((fold, i) => [fold, i]));
  return {
    images,
    people: images.map((_, i) => people.get(i) ?? null),
    pairs: parsed.map((pair) => ({ ...pair, fold: folds.get(pair.fold)! })),
    hasFolds: folds.size > 1,
    columns: columnsOf(
      header.map((name) => name.toLowerCase()),
      rows.map(({ fields }) => fields),
    ),
  };
}

function columnsOf(header: readonly string[], rows: readonly (readonly string[])[]) {
  const columns: Record<string, (string | null)[]> = {};
  const known = (text: string | undefined): string | null => (text === undefined || text === "" ? null : text);
  for (const [i, name] of header.entries()) {
    if (OWN.has(name) || name === "") continue;
    const base = name.replace(/_[ab]$/, "");
    const [first, second] = [header.indexOf(`${base}_a`), header.indexOf(`${base}_b`)];
    const isPaired = first !== -1 && second !== -1 && base !== name;
    columns[isPaired ? base : name] = rows.map((fields) =>
      isPaired ? combined(known(fields[first]), known(fields[second])) : known(fields[i]),
    );
  }
  return columns;
}
