/**
 * Everything that docs/results.md has of speed, row by row.
 *
 *     npm run bench                                  5 s and 3 repetitions a row, printed; under 20 minutes
 *     npm run bench:full                             20 s a row, peers, 50,000 images; written into docs/results.md
 *     … -- --only face.ts,iresnet100   … -- --list   … -- --fresh
 *
 * A full run that was ended goes on with the rows that are missing; --fresh begins anew.
 */
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { BenchmarkRow } from "../src/bench/row.ts";
import { throughputNotes, throughputTable } from "../src/bench/table.ts";
import { writeWhole } from "../src/bytes/write-whole.node.ts";
import { placeBetweenMarkers } from "./run/document.ts";
import { rowsOf } from "./run/rows.ts";
import { type Done, type Mode, runRows } from "./run/run-rows.ts";
import { markdownOf, type Table } from "./run/table.ts";

const { values } = parseArgs({
  options: {
    full: { type: "boolean", default: false },
    fresh: { type: "boolean", default: false },
    list: { type: "boolean", default: false },
    only: { type: "string" },
  },
});
const mode: Mode = values.full ? "full" : "quick";
const wanted = values.only?.split(",");
const rows = rowsOf(mode).filter(({ name }) => wanted === undefined || wanted.includes(name));
const state = join(import.meta.dirname, ".state", `${mode}.json`);
const RUN = mode === "full" ? "npm run bench:full" : "npm run bench";
const RESULTS = join(import.meta.dirname, "..", "docs", "results.md");

if (values.list) {
  console.log(rows.map(({ name }) => name).join("\n"));
  process.exit();
}
if (rows.length === 0)
  throw new Error(
    `--only: expected names among ${rowsOf(mode)
      .map(({ name }) => name)
      .join(", ")}`,
  );
// A quick run is one run; only a full one is long enough to be gone on with.
if (values.fresh || mode === "quick") rmSync(state, { force: true });

const start = performance.now();
const done = await runRows(rows, {
  mode,
  state,
  log: (line) => console.error(line),
  ...(mode === "full" && { onDone: writeResults }),
});
const tables = tablesOf(done);
console.log(tables.map(([, text]) => text).join("\n\n"));
const failures = rows.flatMap(({ name }) => {
  const ended = done.get(name)!;
  return "failure" in ended ? [`${name}: ${ended.failure}`] : [];
});
if (failures.length > 0) console.log(["", "Not measured:", ...failures].join("\n"));
console.log(`\n${((performance.now() - start) / 60_000).toFixed(1)} minutes`);
process.exitCode = failures.length > 0 ? 1 : 0;

async function writeResults(ended: ReadonlyMap<string, Done>): Promise<void> {
  const document = tablesOf(ended).reduce(
    (text, [name, table]) => placeBetweenMarkers(text, name, table),
    readFileSync(RESULTS, "utf8"),
  );
  await writeWhole(RESULTS, document);
}

/** Markdown by the name of its place in the document. */
function tablesOf(ended: ReadonlyMap<string, Done>): [name: string, text: string][] {
  const outcomes = rowsOf(mode).flatMap(({ name }) => {
    const one = ended.get(name);
    return one && "outcome" in one ? [{ name, outcome: one.outcome }] : [];
  });
  const throughput = outcomes.flatMap(({ outcome }): BenchmarkRow[] =>
    "throughput" in outcome ? [outcome.throughput] : [],
  );
  const command = (what: string): string => `Command: \`${what}\``;
  const texts = outcomes.flatMap(({ name, outcome }): [string, string][] =>
    "table" in outcome ? [[name, withTitle(outcome.table, command(`${RUN} -- --only ${name}`))]] : [],
  );
  if (throughput.length === 0) return texts;
  const table: Table = { title: "Throughput", ...throughputTable(throughput) };
  const notes = [...throughputNotes(throughput), command(RUN)].join("\n");
  return [["throughput", withTitle(table, notes)], ...texts];
}

function withTitle(table: Table, notes: string): string {
  return [`${table.title}:`, "", markdownOf(table), "", notes].join("\n");
}
