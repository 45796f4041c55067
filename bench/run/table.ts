/** What a bench script prints on its last line where it is called with --json. */
export type Table = {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number | null)[])[];
};

export function isTable(value: unknown): value is Table {
  const { title, columns, rows } = (value ?? {}) as Partial<Record<keyof Table, unknown>>;
  return (
    typeof title === "string" &&
    Array.isArray(columns) &&
    Array.isArray(rows) &&
    rows.every((row) => Array.isArray(row) && row.length === columns.length)
  );
}

/** The last line that is a table; throws where there is none. */
export function lastTable(output: string, script: string): Table {
  const last = output.trimEnd().split("\n").at(-1) ?? "";
  try {
    const value: unknown = JSON.parse(last);
    if (isTable(value)) return value;
  } catch {
    // Told below.
  }
  throw new Error(
    `${script}: expected { title, columns, rows } on the last line, got ${last.slice(0, 120) || "nothing"}`,
  );
}

export function markdownOf({ columns, rows }: Table): string {
  const texts = rows.map((row) => row.map((cell) => (cell === null ? "" : `${cell}`.replaceAll("|", "\\|"))));
  const isNumeric = (i: number): boolean => texts.every((row) => /^([-+]?[\d.]|N\/A|–|$)/.test(row[i]!));
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [
    line(columns),
    `|${columns.map((_, i) => (isNumeric(i) ? "--:" : "---")).join("|")}|`,
    ...texts.map(line),
  ].join("\n");
}
