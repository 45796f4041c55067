import { expect, test } from "vitest";
import { decodeModel } from "../onnx/model.ts";
import { OPTIMIZE_PASSES } from "../onnx/optimize.ts";
import { floats, graphOf, node } from "../onnx/testing/graphs.ts";
import { float32 } from "../tensor/tensor.ts";
import type { Host } from "./host.ts";
import { measurePasses, type PassRow } from "./measure-passes.ts";
import { createSession } from "./session.node.ts";
import { fakeSession, floatInfo } from "./testing/fake-host.ts";

/** A Gemm of 2,304 weights, spelt as a product and a sum. */
const model = graphOf(
  ["n", 48],
  [node("MatMul", "x w", "p"), node("Add", "p b", "y")],
  [floats("w", [48, 48]), floats("b", [48])],
  { y: ["n", 48] },
);

test("a row a pass, the first of the graph as it came; half weights have a tolerance of their own", async () => {
  const seen: PassRow[] = [];
  const passes = ["gemms", "batchNormsBack", "halfWeights"] as const;
  const { bytes, rows } = await measurePasses(createSession, model, passes, {
    name: "m",
    onRow: (row) => seen.push(row),
  });
  expect(rows).toEqual(seen);
  expect(rows.map(({ pass, changed, nodes, weights, macs }) => [pass, changed, nodes, weights, macs])).toEqual([
    [null, true, 2, 2352, 2304],
    ["gemms", true, 1, 2352, 2304],
    ["batchNormsBack", false, 1, 2352, 2304],
    ["halfWeights", true, 2, 2352, 2304],
  ]);
  expect(rows[1]!.maxAbsoluteDifference).toBeLessThan(1e-5);
  expect(rows[3]!.maxAbsoluteDifference).toBeGreaterThan(1e-5);
  expect(rows[3]!.cosine).toBeGreaterThan(0.9999);
  expect(rows[3]!.bytes).toBe(bytes.length);
  expect(decodeModel(bytes, "m").graph!.node.map(({ opType }) => opType)).toEqual(["Cast", "Gemm"]);
});

test("a graph that answers otherwise after a pass is refused", async () => {
  let opened = 0;
  // The graph as it came is timed, then compared with what comes after.
  const sessions: Host["createSession"] = async () => {
    const value = ++opened < 3 ? 1 : 1.001;
    const run = () => ({ y: float32(new Float32Array(48).fill(value), [1, 48]) });
    return fakeSession({ inputs: [floatInfo("x", [1, 48])], outputs: [floatInfo("y", [1, 48])], run });
  };
  await expect(measurePasses(sessions, model, OPTIMIZE_PASSES, { name: "m" })).rejects.toMatchObject({
    code: "INTEGRITY",
    message: expect.stringMatching(/^m: after gemms its outputs differ by 0\.001/),
  });
});

test("it ends where the caller has enough", async () => {
  const signal = AbortSignal.abort();
  const measured = measurePasses(createSession, model, OPTIMIZE_PASSES, { name: "m", signal });
  await expect(measured).rejects.toMatchObject({ code: "CANCELLED" });
});
