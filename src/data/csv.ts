import { badLine, type NamedText } from "./lines.ts";

/** A table: names of columns as the first line has them, trimmed; then rows, each of as many fields, with its line. */
export type Csv = {
  readonly header: readonly string[];
  readonly rows: readonly { readonly fields: readonly string[]; readonly line: number }[];
};

/**
 * Parse comma-separated values with a header, as RFC 4180: fields may stand in double quotes, a quote within doubled.
 * Fields are trimmed outside quotes; empty lines are passed over.
 *
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT with the line's number.
 */
export function parseCsv({ file, text }: NamedText): Csv {
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  const rows: { fields: string[]; line: number }[] = [];
  for (const [i, line] of lines.entries()) {
    if (line.trim() === "") continue;
    const fields = fieldsOf(line);
    if (fields === null) throw badLine(file, i + 1, "quotes that are closed", `"${line}"`);
    const wanted = rows[0]?.fields.length ?? fields.length;
    if (fields.length !== wanted) throw badLine(file, i + 1, `${wanted} fields, as the header has`, `${fields.length}`);
    rows.push({ fields, line: i + 1 });
  }
  const [header, ...rest] = rows;
  if (!header) throw badLine(file, 1, "a header", "an empty file");
  return { header: header.fields, rows: rest };
}

function fieldsOf(line: string): string[] | null {
  const fields: string[] = [];
  let rest = line;
  for (;;) {
    const quoted = rest.match(/^\s*"((?:[^"]|"")*)"\s*(,|$)/);
    const plain = quoted ? null : rest.match(/^([^",]*)(,|$)/);
    const match = quoted ?? plain;
    if (!match) return null;
    fields.push(quoted ? quoted[1]!.replaceAll('""', '"') : plain![1]!.trim());
    if (match[2] === "") return fields;
    rest = rest.slice(match[0].length);
  }
}
