import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import type { BenchmarkRow } from "../../src/bench/row.ts";
import { writeWhole } from "../../src/bytes/write-whole.node.ts";
import type { Table } from "./table.ts";

/** `quick`: 5 s and 3 repetitions a row, no soak. `full`: the page's protocol, peers, 50,000 images. */
export type Mode = "quick" | "full";

/** A row of the throughput table, or a table of its own. */
export type Outcome = { readonly throughput: BenchmarkRow } | { readonly table: Table };

export type Row = {
  readonly name: string;
  run(mode: Mode): Promise<Outcome>;
};

/** What is known of a row: how it ended and how long it took. */
export type Done = { readonly seconds: number } & ({ readonly outcome: Outcome } | { readonly failure: string });

export type RunOptions = {
  readonly mode: Mode;
  /** What was done is kept there after each row; rows that ended well are not run again. */
  readonly state: string;
  readonly log: (line: string) => void;
  /** Called after each row, and once with what was there already. */
  readonly onDone?: (done: ReadonlyMap<string, Done>) => Promise<void>;
};

/** Row after row. One that fails is told and does not keep the others from running. */
export async function runRows(
  rows: readonly Row[],
  { mode, state, log, onDone }: RunOptions,
): Promise<ReadonlyMap<string, Done>> {
  mkdirSync(dirname(state), { recursive: true });
  const done = new Map<string, Done>(Object.entries(readState(state)));
  await onDone?.(done);
  for (const [i, { name, run }] of rows.entries()) {
    const before = done.get(name);
    if (before && "outcome" in before) {
      log(`${i + 1}/${rows.length} ${name}: done before`);
      continue;
    }
    log(`${i + 1}/${rows.length} ${name}`);
    const start = performance.now();
    const seconds = () => Math.round((performance.now() - start) / 100) / 10;
    try {
      const outcome = await run(mode);
      done.set(name, { seconds: seconds(), outcome });
    } catch (error) {
      const failure = error instanceof Error ? error.message : `${error}`;
      done.set(name, { seconds: seconds(), failure });
      log(`${name}: ${failure}`);
    }
    await writeWhole(state, `${JSON.stringify(Object.fromEntries(done), null, 1)}\n`);
    await onDone?.(done);
  }
  return done;
}

function readState(path: string): Record<string, Done> {
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Record<string, Done>) : {};
}
