import type { Card } from "../zoo/cards/card.ts";
import { type DescribeExtras, describeCard } from "./describe.ts";
import { type Block, type Fact, NOT_STATED, type Section, type Value } from "./sections.ts";

/** What would command the terminal; lines end as they do. */
const CONTROLS = /[^\P{Cc}\n]/gu;

/** Columns of a terminal that prose is broken at. */
const WIDTH = 100;

/** A card as text for a terminal: all that the page shows; licence and commercial use first. */
export function modelText(card: Card, extras: DescribeExtras = {}): string {
  const { title, slug, summary, facts, remark, sections, use } = describeCard(card, extras);
  return [
    [plain(`${title} (${slug})`), ...(summary === null ? [] : wrap(summary, 0))],
    factLines(facts),
    ...(remark === null ? [] : [wrap(remark, 0)]),
    ...[...sections, ...use].map((section) => sectionLines(section, 0)),
  ]
    .map((lines) => lines.join("\n"))
    .join("\n\n")
    .replace(CONTROLS, "");
}

function sectionLines({ title, blocks, sections = [] }: Section, depth: number): string[] {
  const body = blocks.map(blockLines).filter((lines) => lines.length > 0);
  const inner = sections.map((section) => sectionLines(section, depth + 1));
  const parts = [...body.map((lines) => indent(lines)), ...inner.map((lines) => indent(lines))];
  const separated = parts.flatMap((lines, i) => (i === 0 || depth > 0 ? lines : ["", ...lines]));
  return [depth === 0 ? title.toUpperCase() : title, ...separated];
}

type Lines = { readonly [Kind in Block["kind"]]: (block: Extract<Block, { kind: Kind }>) => string[] };

const lines: Lines = {
  prose: ({ text }) => wrap(text ?? NOT_STATED),
  facts: ({ facts }) => factLines(facts),
  items: ({ items }) =>
    items.flatMap(({ title, text, details = [] }) => [
      [say(title), ...details].join(", "),
      ...(text === undefined ? [] : indent(wrap(text))),
    ]),
  table: ({ columns, rows, notes = [] }) => [
    ...tableLines(
      columns.map(({ title, is }) => ({ title, right: is === "number" })),
      rows.map((row) => row.map(say)),
    ),
    ...notes.flatMap((note) => wrap(`* ${note}`)),
  ],
  // The table below has the figures.
  bars: () => [],
  code: ({ title, code, note }) => [
    ...(title === undefined ? [] : [title]),
    ...indent(code.split("\n")),
    ...(note === undefined ? [] : wrap(`* ${note}`)),
  ],
};

function blockLines(block: Block): string[] {
  return (lines[block.kind] as (block: Block) => string[])(block);
}

function factLines(facts: readonly Fact[]): string[] {
  const width = Math.max(...facts.map(({ label }) => label.length));
  return facts.flatMap(({ label, value }) =>
    (Array.isArray(value) ? value : [value]).map(
      (one: Value, i) => `${(i === 0 ? label : "").padEnd(width)}  ${say(one)}`,
    ),
  );
}

function tableLines(columns: readonly { title: string; right: boolean }[], rows: readonly string[][]): string[] {
  const titles = columns.map(({ title }) => title);
  const widths = columns.map((_, i) => Math.max(...[titles, ...rows].map((row) => row[i]!.length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => (columns[i]!.right ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join("  ")
      .trimEnd();
  return [titles, ...rows].map(line);
}

function say(value: Value): string {
  if (value === null) return NOT_STATED;
  if (typeof value === "string") return plain(value);
  return value.text === value.href ? plain(value.href) : plain(`${value.text} (${value.href})`);
}

/** In one line. */
function plain(text: string): string {
  return text.replace(/\s+/g, " ");
}

function wrap(text: string, indented: number = 4): string[] {
  const found: string[] = [];
  let line = "";
  for (const word of plain(text).split(/\s+/).filter(Boolean)) {
    if (line !== "" && line.length + 1 + word.length > WIDTH - indented) {
      found.push(line);
      line = "";
    }
    line = line === "" ? word : `${line} ${word}`;
  }
  return line === "" ? found : [...found, line];
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => (line === "" ? "" : `  ${line}`));
}
