import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

type Report = { readonly heaps: readonly number[]; readonly ms: number; readonly sent: number };

/** What one small object a message would take. */
const LEAK_OF_ONE_OBJECT = 100_000 * 40;

test("100,000 messages through seven nodes leave the heap as it was", () => {
  const script = "src/pipeline/testing/flat-memory.node.ts";
  const options = ["--expose-gc", "--import", "tsx", "--conditions=arcface-source"];
  const { NODE_OPTIONS: _, ...env } = process.env;
  const { stdout, stderr } = spawnSync(process.execPath, [...options, script], { encoding: "utf8", env });
  expect(stderr).toBe("");
  const { heaps, sent } = JSON.parse(stdout) as Report;
  expect([sent, heaps.length]).toEqual([100_000, 10]);
  // Messages that happen to be under way differ; the least of several is what stays.
  const growth = Math.min(...heaps.slice(-4)) - Math.min(...heaps.slice(0, 4));
  expect(growth).toBeLessThan(LEAK_OF_ONE_OBJECT / 4);
});
