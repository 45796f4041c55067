/**
 * Memory of `arcface embed --out` over very many photographs, as a figure.
 *
 *     npx tsx --conditions=arcface-source scripts/draw-bulk-memory.ts SAMPLES OUT.svg
 *
 * SAMPLES has a line a sample: seconds, resident kilobytes, lines of finished.jsonl.
 */
import { readFileSync, writeFileSync } from "node:fs";
import * as Plot from "@observablehq/plot";
import { COLOURS, draw, toFile } from "../src/report/figures/plot.node.ts";

const [file, out] = process.argv.slice(2) as [string, string];
const PER_SHARD = 1024;

type Sample = { readonly photographs: number; readonly megabytes: number };

const samples = read(file);
// The first shards are those in which networks are opened and code is compiled.
const steady = samples.filter(({ photographs }) => photographs >= 2 * PER_SHARD);
const last = steady.at(-1)!;
const quarter = Math.max(1, Math.floor(steady.length / 4));
const [first, end] = [mean(steady.slice(0, quarter)), mean(steady.slice(-quarter))];
const most = Math.max(...samples.map(({ megabytes }) => megabytes));
writeFileSync(out, figure());
console.log(
  `${last.photographs} photographs: ${first.toFixed(0)} MB in the first quarter, ${end.toFixed(0)} in the last, ${most.toFixed(0)} at most`,
);
function read(path: string): Sample[] {
  return readFileSync(path, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => line.split(" ").map(Number))
    .filter((numbers) => numbers.length === 3)
    .map(([, kilobytes, shards]) => ({ photographs: PER_SHARD * shards!, megabytes: kilobytes! / 1024 }))
    .filter(({ photographs }) => photographs > 0);
}

function figure(): string {
  return toFile(
    draw({
      label: `Resident memory over ${last.photographs} photographs`,
      width: 640,
      height: 260,
      x: {
        label: "photographs embedded",
        labelAnchor: "center",
        labelArrow: "none",
        tickFormat: (count: number) => count.toLocaleString("en"),
      },
      y: {
        label: "resident memory, MB",
        labelAnchor: "center",
        labelArrow: "none",
        domain: [0, 1.2 * most],
        grid: true,
      },
      marks: [Plot.line(samples, { x: "photographs", y: "megabytes", stroke: COLOURS.series[0], strokeWidth: 1.5 })],
    }),
  );
}

function mean(some: readonly Sample[]): number {
  return some.reduce((sum, { megabytes }) => sum + megabytes, 0) / some.length;
}
