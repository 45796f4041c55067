import { parseCsv } from "./csv.ts";
import { badLine, type NamedText } from "./lines.ts";

/** What is known of both images of a pair: `indoor`, or `indoor × outdoor` in order; `null` where one is not known. */
export function combined(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return null;
  return a === b ? a : [a, b].sort().join(" × ");
}

/**
 * Parse `columns.csv` of a folder of people: a header whose first name is `image`, then a line an image, by its path in the
 * folder. Empty fields are not known.
 *
 * @returns for each column, a value an image.
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT with the line's number.
 */
export function parseImageColumns(named: NamedText): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const { header, rows } = parseCsv(named);
  if (header[0]?.toLowerCase() !== "image" || header.length < 2)
    throw badLine(named.file, 1, "the column image, then others", header.join(", "));
  const columns = header.slice(1).map((name, k) => {
    const known = rows.filter(({ fields }) => fields[k + 1] !== "");
    return [name, new Map(known.map(({ fields }) => [fields[0]!.replaceAll("\\", "/"), fields[k + 1]!]))] as const;
  });
  return new Map(columns);
}
