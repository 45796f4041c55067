import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";
import { GraphBuilder, type Value } from "./builder.ts";
import { writeModelFile } from "./model-file.node.ts";

const ROWS = 2 ** 26;

test("a model of 2.5 GB is written and run from its path", async () => {
  const folder = await mkdtemp(join(tmpdir(), "arcface-large-"));
  try {
    // Ten tables of 256 MB, in memory one.
    const table = new Float32Array(ROWS);
    table[ROWS - 1] = 3;
    const g = new GraphBuilder();
    const at = g.input("at", [1], "int64");
    const rows = Array.from(
      { length: 10 },
      (_, i): Value => g.node("Gather", [g.constant(`t${i}`, [ROWS], table), at]),
    );
    g.output("y", g.node("Sum", rows));
    const path = join(folder, "large.onnx");
    expect(await writeModelFile(g.toModel("large"), path)).toEqual([path, `${path}.data`]);
    expect((await stat(`${path}.data`)).size).toBe(10 * 4 * ROWS);
    const session = await ort.InferenceSession.create(path, { graphOptimizationLevel: "disabled" });
    const { y } = await session.run({ at: new ort.Tensor("int64", BigInt64Array.of(BigInt(ROWS - 1)), [1]) });
    expect([...(y!.data as Float32Array)]).toEqual([30]);
    await session.release();
  } finally {
    await rm(folder, { recursive: true });
  }
});
