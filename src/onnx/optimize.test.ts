import { expect, test } from "vitest";
import { sizeOf } from "../tensor/tensor.ts";
import { makeModel, makeNode, makeTensor, makeValueInfo } from "./build.ts";
import { decodeModel } from "./model.ts";
import { noise } from "./noise.ts";
import { OPTIMIZE_PASSES, type OptimizePass, optimizeModel } from "./optimize.ts";
import type { ModelProto } from "./schema.ts";
import { publishedFile } from "./testing/published.node.ts";
import { runModel } from "./testing/run-model.node.ts";

/** Weights that were multiplied before rather than after a sum. */
const ROUNDING = { atol: 1e-5, rtol: 1e-5 };

const ops = (model: ModelProto): string[] => model.graph!.node.map(({ opType }) => opType);
const x = { shape: [2, 3, 5, 5], data: noise(150, 1) };

/** Everything that a pass looks for. */
function untidy(): ModelProto {
  const vector = (name: string, ...values: number[]) => makeTensor(name, [2], Float32Array.from(values));
  return makeModel({
    name: "untidy",
    nodes: [
      makeNode("Constant", [], ["bias"], { value: { tensor: vector("", 0.5, -0.5) } }),
      makeNode("Conv", ["x", "w", "bias"], ["conv"], { kernel_shape: [3, 3] }),
      makeNode("BatchNormalization", ["conv", "scale", "shift", "mean", "var"], ["norm"], { epsilon: { float: 1e-3 } }),
      makeNode("Identity", ["norm"], ["same"]),
      makeNode("Dropout", ["same"], ["kept"]),
      makeNode("Relu", ["kept"], ["positive"]),
      makeNode("Neg", ["kept"], ["minus"]),
      makeNode("Relu", ["minus"], ["below"]),
      makeNode("Neg", ["below"], ["negative"]),
      makeNode("Mul", ["slope", "negative"], ["scaled"]),
      makeNode("Add", ["positive", "scaled"], ["activated"]),
      makeNode("Exp", ["activated"], ["nobody's"]),
      makeNode("Shape", ["activated"], ["shape"], { start: 0, end: 1 }),
      makeNode("Concat", ["shape", "rest"], ["sizes"], { axis: 0 }),
      makeNode("Reshape", ["activated", "sizes"], ["y"]),
    ],
    inputs: [makeValueInfo("x", [2, 3, 5, 5])],
    outputs: [makeValueInfo("y", [2, 18])],
    initializers: [
      makeTensor("w", [2, 3, 3, 3], noise(54, 2)),
      vector("scale", 2, -0.5),
      vector("shift", 0.1, 0.2),
      vector("mean", 0.3, -0.1),
      vector("var", 0.5, 2),
      makeTensor("slope", [2, 1, 1], Float32Array.of(0.25, -2)),
      makeTensor("rest", [1], [-1]),
    ],
  });
}

test.each<[OptimizePass, number]>([
  ["constantNodes", 14],
  ["knownSizes", 13],
  ["identities", 13],
  ["fusePrelu", 10],
  ["flushDenormals", 15],
  ["deadNodes", 14],
])("%s alone leaves what the graph answers, in fewer nodes", async (pass, count) => {
  const before = untidy();
  const after = optimizeModel(before, [pass]);
  expect(after.graph!.node).toHaveLength(count);
  expect((await runModel(after, { x })).y!).toBeCloseToTensor((await runModel(before, { x })).y!, ROUNDING);
});

const WITHOUT_FORM = OPTIMIZE_PASSES.filter((pass) => pass !== "preluForm");

test("all passes together leave a convolution, a PRelu and a reshaping; the PRelu in its fastest form", async () => {
  const plain = optimizeModel(untidy(), WITHOUT_FORM);
  expect(ops(plain)).toEqual(["Conv", "PRelu", "Reshape"]);
  const names = ["norm_bias", "norm_weights", "sizes", "slope"];
  expect(plain.graph!.initializer.map(({ name }) => name).sort()).toEqual(names);
  const after = optimizeModel(untidy());
  expect(ops(after)).toEqual(["Conv", "Relu", "Conv", "Conv", "Add", "Reshape"]);
  for (const model of [plain, after])
    expect((await runModel(model, { x })).y!).toBeCloseToTensor((await runModel(untidy(), { x })).y!, ROUNDING);
});

test("what was optimised once is as it is after twice", () => {
  const once = optimizeModel(untidy());
  expect(ops(optimizeModel(once))).toEqual(ops(once));
  expect(ops(optimizeModel(once, WITHOUT_FORM))).toEqual(["Conv", "PRelu", "Reshape"]);
});

test("a batch normalisation stays where something else reads the convolution", () => {
  const model = optimizeModel(untidy(), ["constantNodes"]);
  model.graph!.output.push(makeValueInfo("conv", [2, 2, 3, 3]));
  expect(ops(optimizeModel(model, ["batchNormsBack"]))).toContain("BatchNormalization");
});

for (const [file, shape] of [
  ["fr_age", [1, 3, 64, 64]],
  ["fr_eye", [1, 1, 24, 24]],
] as const) {
  test(`${file}.onnx answers the same in fewer nodes`, async ({ skip }) => {
    const bytes = publishedFile("faceplugin-face-recognition-js@0.0.1", `package/model/${file}.onnx`);
    if (!bytes) return skip("the npm registry cannot be reached");
    const before = decodeModel(bytes, file);
    const after = optimizeModel(before);
    expect(after.graph!.node.length).toBeLessThan(before.graph!.node.length);
    const feeds = {
      input: {
        shape,
        data: noise(sizeOf(shape), 4),
      },
    };
    const [theirs, ours] = [await runModel(before, feeds), await runModel(after, feeds)];
    for (const [name, data] of Object.entries(theirs))
      expect(ours[name]!, name).toBeCloseToTensor(data, { atol: 1e-4, rtol: 1e-4 });
  });
}
