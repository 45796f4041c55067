/** The runner of benchmarks: it goes on where it was ended, and writes tables into a document. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { accuracyOf } from "../bench/peers/two-folds.ts";
import { placeBetweenMarkers } from "../bench/run/document.ts";
import { rowsOf } from "../bench/run/rows.ts";
import { type Row, runRows } from "../bench/run/run-rows.ts";
import { lastTable, markdownOf, type Table } from "../bench/run/table.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "arcface-bench-run-"));
});
afterEach(() => rm(folder, { recursive: true }));

const table = (title: string): Table => ({ title, columns: ["a", "b"], rows: [["x", 1]] });

test("a run that was ended goes on with what is missing, and tries again what failed", async () => {
  const ran: string[] = [];
  let isBroken = true;
  const row = (name: string): Row => ({
    name,
    async run() {
      ran.push(name);
      if (name === "second" && isBroken) throw new Error("no such script");
      return { table: table(name) };
    },
  });
  const rows = [row("first"), row("second"), row("third")];
  const log: string[] = [];
  const options = {
    mode: "full",
    state: join(folder, "state", "full.json"),
    log: (line: string) => log.push(line),
  } as const;
  const done = await runRows(rows, options);
  expect(done.get("second")).toMatchObject({ failure: "no such script" });
  expect(log).toContain("second: no such script");
  isBroken = false;
  const seen: number[] = [];
  const again = await runRows(rows, { ...options, onDone: async (ended) => void seen.push(ended.size) });
  expect(ran).toEqual(["first", "second", "third", "second"]);
  expect([...again.values()].every((one) => "outcome" in one)).toBe(true);
  expect(seen).toEqual([3, 3]);
});

test("a text takes the place of the one between its markers, and of nothing else", () => {
  const document = "# Results\n\n<!-- bench:a -->\nold\n<!-- /bench:a -->\n\nAfter.\n";
  const first = placeBetweenMarkers(document, "a", "new\n");
  expect(first).toBe("# Results\n\n<!-- bench:a -->\nnew\n<!-- /bench:a -->\n\nAfter.\n");
  const second = placeBetweenMarkers(first, "b", "more");
  expect(second).toBe(`${first.trimEnd()}\n\n<!-- bench:b -->\nmore\n<!-- /bench:b -->\n`);
  expect(placeBetweenMarkers(second, "b", "more")).toBe(second);
  expect(() => placeBetweenMarkers("<!-- bench:a -->", "a", "")).toThrow("and then <!-- /bench:a -->");
});

test("a script's table is its last line, whatever it printed before", () => {
  const line = JSON.stringify({ title: "t", columns: ["a", "b"], rows: [["x|y", 2.5]] });
  const found = lastTable(`reading\n${line}\n`, "x.ts");
  expect(markdownOf(found)).toBe("| a | b |\n|---|--:|\n| x\\|y | 2.5 |");
  expect(() => lastTable("done", "x.ts")).toThrow("x.ts: expected { title, columns, rows } on the last line, got done");
  expect(() => lastTable('{"title":"t","columns":["a"],"rows":[["x","y"]]}', "x.ts")).toThrow("expected { title");
});

test("a quick run leaves the peers out, and no name is there twice", () => {
  const [quick, full] = [rowsOf("quick"), rowsOf("full")].map((rows) => rows.map(({ name }) => name)) as [
    string[],
    string[],
  ];
  expect(full).toContain("peers/run.ts");
  expect(quick).not.toContain("peers/run.ts");
  expect(new Set(full).size).toBe(full.length);
});

test("accuracy is at the threshold that is best on the other fold", () => {
  const pair = (fold: number, same: boolean, score: number) => ({ fold, same, score });
  const pairs = [
    pair(0, true, 0.9),
    pair(0, true, 0.6),
    pair(0, false, 0.2),
    pair(0, false, 0.1),
    pair(1, true, 0.9),
    pair(1, true, 0.3),
    pair(1, false, 0.25),
    pair(1, false, -Infinity),
  ];
  // Fold 1's best is 0.275, which fold 0 passes whole; fold 0's is 0.4, above one genuine pair of fold 1.
  expect(accuracyOf(pairs)).toEqual({ accuracy: 0.875, folds: [1, 0.75] });
});

test("where no threshold is better than calling all different, none is the same", () => {
  const pairs = [0, 1].flatMap((fold) => [
    { fold, same: true, score: -Infinity },
    { fold, same: false, score: 0.5 },
    { fold, same: false, score: 0.4 },
  ]);
  expect(accuracyOf(pairs).accuracy).toBeCloseTo(2 / 3, 12);
});
