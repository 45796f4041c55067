import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { DATA, needsData } from "../../test/needs.ts";
import { makeModel, makeNode, makeTensor, makeValueInfo } from "./build.ts";
import { decodeModel, encodeModel } from "./model.ts";
import { noise } from "./noise.ts";
import { runModel } from "./testing/run-model.node.ts";
import { RESEARCH } from "./vjp/testing/real-files.ts";
import { withGradients } from "./with-gradients.ts";

/** y = relu(x·w + b), z = Σ x; the batch is free. */
const model = makeModel({
  name: "two answers",
  nodes: [
    makeNode("Gemm", ["x", "w", "b"], ["sums"]),
    makeNode("Relu", ["sums"], ["y"]),
    makeNode("ReduceSum", ["x"], ["z"], { keepdims: 0 }),
  ],
  inputs: [makeValueInfo("x", ["N", 3])],
  outputs: [makeValueInfo("y", ["N", 2]), makeValueInfo("z", [])],
  initializers: [
    makeTensor("w", [3, 2], Float32Array.of(1, -1, 2, 0.5, -3, 1)),
    makeTensor("b", [2], Float32Array.of(0.5, -0.5)),
  ],
});
const x = { shape: [2, 3], data: Float32Array.of(1, 2, 1, -1, 1, 1) };
/** Small whole numbers and halves. */
const EXACT = { atol: 1e-6 };
const inputShapes = { x: [2, 3] };

test("a model answers how its output depends on inputs and weights", async () => {
  const both = withGradients(model, { wrt: ["x", "b", "w"], inputShapes });
  const seed = { shape: [2, 2], data: Float32Array.of(1, 10, 100, 1000) };
  const answer = await runModel(decodeModel(encodeModel(both), "both"), { x, seed });
  // x·w + b = [[2.5, 0.5], [−1.5, 2]]
  expect(answer.y!).toBeCloseToTensor([2.5, 0.5, 0, 2], EXACT);
  expect(answer.z!).toBeCloseToTensor([5], EXACT);
  expect(answer["gradient.b"]!).toBeCloseToTensor([1, 1010], EXACT);
  expect(answer["gradient.x"]!).toBeCloseToTensor([1 - 10, 2 + 5, -3 + 10, -1000, 500, 1000], EXACT);
  expect(answer["gradient.w"]!).toBeCloseToTensor([1, 10 - 1000, 2, 20 + 1000, 1, 10 + 1000], EXACT);
});

test("of another output, by every input where none is named", async () => {
  const both = withGradients(model, { output: "z", inputShapes });
  const answer = await runModel(both, { x, seed: { shape: [], data: Float32Array.of(3) } });
  expect(answer["gradient.x"]!).toBeCloseToTensor(Array(6).fill(3), EXACT);
});

test.each([
  [{}, "two answers: expected sizes for x [N, 3], got ones that vary"],
  [{ inputShapes, wrt: ["v"] }, "two answers: expected names of float32 inputs and weights, got v"],
  [{ inputShapes, output: "u" }, "two answers: expected an output among y, z, got u"],
])("%j is told what is wrong", (options, message) => {
  expect(() => withGradients(model, options)).toThrow(message);
});

needsData(RESEARCH)(
  "a photograph's pixels are moved towards another embedding by a downloaded recogniser",
  async () => {
    const file = decodeModel(await readFile(`${DATA}/${RESEARCH}`), RESEARCH);
    const shape = [1, 3, 112, 112];
    const both = withGradients(file, { wrt: ["input0"], inputShapes: { input0: shape } });
    const [a, b] = [noise(3 * 112 * 112, 1), noise(3 * 112 * 112, 2)];
    const seed = { shape: [1, 128], data: new Float32Array(128) };
    const target = (await runModel(both, { input0: { shape, data: b }, seed })).output0!;
    const unit = (v: Float32Array) => v.map((value) => value / Math.hypot(...v));
    const cosine = (v: Float32Array) => unit(v).reduce((sum, value, i) => sum + value * unit(target)[i]!, 0);
    const { output0: before, "gradient.input0": gradient } = await runModel(both, {
      input0: { shape, data: a },
      seed: { ...seed, data: unit(target) },
    });
    const step = 0.5 / Math.hypot(...gradient!);
    const moved = a.map((value, i) => value + step * gradient![i]!);
    const { output0: after } = await runModel(both, { input0: { shape, data: moved }, seed });
    expect(cosine(after!)).toBeGreaterThan(cosine(before!));
  },
);
