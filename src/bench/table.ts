import { PUBLISHED_THROUGHPUT } from "./published.ts";
import type { BenchmarkRow } from "./row.ts";

/** A table of texts: what a terminal and Markdown show. */
export type TextTable = { readonly columns: readonly string[]; readonly rows: readonly (readonly string[])[] };

/** A column as a document calls it, and as a terminal has room for. */
const COLUMNS = [
  ["model", "model"],
  ["platform", "platform"],
  ["precision", "type"],
  ["threads", "threads"],
  ["batch", "batch"],
  ["inferences/s", "inf/s"],
  ["spread", "spread"],
  ["power, W", "W"],
  ["latency p50 / p90 / p99, ms", "ms p50/p90/p99"],
  ["memory, MB", "MB"],
  ["first, ms", "first ms"],
  ["file, MB", "file MB"],
] as const;

/** The page's columns and ours, a row a setting, what was published last. */
export function throughputTable(
  rows: readonly BenchmarkRow[],
  { short = false }: { readonly short?: boolean } = {},
): TextTable {
  const columns = COLUMNS.map(([long, brief]) => (short ? brief : long));
  const name = ({ model }: BenchmarkRow): string => (short && model.length > 28 ? `…${model.slice(-27)}` : model);
  return { columns, rows: [...rows.map((row) => [name(row), ...measuredCells(row)]), ...publishedCells()] };
}

function measuredCells(row: BenchmarkRow): string[] {
  const { p50, p90, p99 } = row.latencyMs;
  return [
    row.platform,
    row.precision,
    `${row.threads} (${row.sessions}×${row.threads / row.sessions})`,
    `${row.batch}`,
    number(row.inferencesPerSecond),
    row.spread.map(number).join("–"),
    powerText(row.powerW),
    [p50, p90, p99].map(number).join("/"),
    row.memoryMB === null ? "N/A" : row.memoryMB.toFixed(0),
    number(row.firstInferenceMs),
    (row.fileBytes / 1e6).toFixed(1),
  ];
}

function publishedCells(): string[][] {
  return PUBLISHED_THROUGHPUT.map(({ model, platform, precision, inferencesPerSecond, powerW }) => [
    model,
    `${platform}, published`,
    precision,
    "2",
    "1",
    number(inferencesPerSecond),
    ...["", powerText(powerW), "", "", "", ""],
  ]);
}

/** What belongs below a table: the machine, what is meant, whose the published rows are. */
export function throughputNotes(rows: readonly BenchmarkRow[]): string[] {
  const [first] = rows;
  if (!first) return [];
  const { model, cores, instructionSets } = first.cpu;
  const once = (texts: readonly string[]): string => [...new Set(texts)].join(", ");
  const others = rows.filter(({ device }) => device !== model).map(({ platform, device }) => `${platform}: ${device}`);
  const noPower = rows.flatMap(({ powerNote }) => powerNote ?? []);
  return [
    `Machine: ${model}, ${cores} cores${instructionSets.length > 0 ? `, ${instructionSets.join(" ")}` : ""}; ${once(rows.map(({ runtime }) => runtime))}.`,
    ...(others.length > 0 ? [`${once(others)}.`] : []),
    `Medians of ${once(rows.map(({ repetitions, seconds }) => `${repetitions.length} × ${seconds} s`))}, after warm-up; random bytes sent once and replayed; a batch of N counts as N inferences.`,
    ...(noPower.length > 0 ? [`No power: ${once(noPower)}.`] : []),
    `Published: ${once(PUBLISHED_THROUGHPUT.map(({ source }) => source))}.`,
  ];
}

/** Three digits that count. */
export function number(value: number): string {
  return value >= 100 ? value.toFixed(value >= 1000 ? 0 : 1) : value.toFixed(value >= 10 ? 1 : 2);
}

const powerText = (watts: number | null): string => (watts === null ? "N/A" : watts.toFixed(2));

/** For a terminal: columns in line, numbers to the right. */
export function alignedText({ columns, rows }: TextTable): string {
  const lines = [columns, ...rows];
  const width = (i: number): number => Math.max(...lines.map((line) => line[i]!.length));
  const isNumeric = (i: number): boolean => rows.every((row) => /^([\d.]|N\/A|$)/.test(row[i]!));
  return lines
    .map((line) =>
      line
        .map((cell, i) => (isNumeric(i) ? cell.padStart(width(i)) : cell.padEnd(width(i))))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

export function markdownTable({ columns, rows }: TextTable): string {
  const isNumeric = (i: number): boolean => rows.every((row) => /^([\d.]|N\/A|$)/.test(row[i]!));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [
    line(columns),
    `|${columns.map((_, i) => (isNumeric(i) ? "--:" : "---")).join("|")}|`,
    ...rows.map(line),
  ].join("\n");
}
