import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { DATA, needsData } from "../../test/needs.ts";
import { sizeOf } from "../tensor/tensor.ts";
import { GraphBuilder } from "./builder.ts";
import { include } from "./include.ts";
import { decodeModel, describeModel } from "./model.ts";
import { noise } from "./noise.ts";
import type { ModelProto } from "./schema.ts";
import { oneOp } from "./testing/one-op.ts";
import { type OpCase, opCases } from "./testing/op-cases.ts";
import { publishedFile } from "./testing/published.node.ts";
import { runModel } from "./testing/run-model.node.ts";

/** Opset 18 computes the same in another order at most. */
const TOLERANCE = { atol: 2e-5, rtol: 2e-5 };

function included(model: ModelProto, shapes: Readonly<Record<string, readonly number[]>>): ModelProto {
  const g = new GraphBuilder();
  const inputs = Object.entries(shapes).map(([name, shape]) => [name, g.input(name, shape)] as const);
  const outputs = include(g, model, { inputs: Object.fromEntries(inputs), prefix: "inside" });
  for (const [name, value] of Object.entries(outputs)) g.output(name, value);
  return g.toModel("included");
}

async function expectSame(model: ModelProto, shapes: Readonly<Record<string, readonly number[]>>): Promise<void> {
  const feeds = Object.fromEntries(
    Object.entries(shapes).map(([name, shape], i) => [name, { shape, data: noise(sizeOf(shape), i + 1) }]),
  );
  const theirs = await runModel(model, feeds);
  const ours = await runModel(included(model, shapes), feeds);
  expect(Object.keys(ours).sort()).toEqual(Object.keys(theirs).sort());
  for (const [name, data] of Object.entries(theirs)) expect(ours[name]!, name).toBeCloseToTensor(data, TOLERANCE);
}

const image = [1, 3, 5, 6];
const old: readonly OpCase[] = [
  { op: "Clip", inputs: [[2, 3]], attributes: { min: { float: -0.5 }, max: { float: 0.25 } }, opset: 9 },
  { op: "Clip", inputs: [[2, 3]], attributes: { max: { float: 0.25 } }, opset: 9 },
  { op: "Pad", inputs: [[2, 3]], attributes: { pads: [0, 1, 2, 1], value: { float: 7 } }, opset: 10 },
  { op: "Slice", inputs: [[5, 6]], attributes: { starts: [1], ends: [2 ** 62], axes: [-1] }, opset: 9 },
  { op: "Softmax", inputs: [[2, 3, 4]], opset: 9 },
  { op: "LogSoftmax", inputs: [[2, 3, 4]], attributes: { axis: -1 }, opset: 9 },
  { op: "Softmax", inputs: [[2, 3, 4]], attributes: { axis: 0 }, opset: 11 },
  { op: "Split", inputs: [[6, 2]], outputs: 3, opset: 11 },
  { op: "Split", inputs: [[6, 2], { ints: [1, 5] }], outputs: 2, opset: 13 },
  { op: "Dropout", inputs: [[2, 3]], attributes: { ratio: { float: 0.5 } }, opset: 9 },
  { op: "Dropout", inputs: [[2, 3]], opset: 18 },
  { op: "Gelu", inputs: [[2, 3]], opset: 20 },
  { op: "BatchNormalization", inputs: [image, [3], [3], [3], { floats: [1, 2, 3] }], opset: 8 },
  { op: "Resize", inputs: [image, { floats: [1, 1, 2, 1.5] }], attributes: { mode: "linear" }, opset: 10 },
  { op: "Resize", inputs: [image, { floats: [] }, { floats: [] }, { ints: [1, 3, 9, 4] }], opset: 11 },
  { op: "Upsample", inputs: [image, { floats: [1, 1, 2, 3] }], opset: 9 },
  { op: "Upsample", inputs: [image], attributes: { scales: { floats: [1, 1, 2, 2] }, mode: "linear" }, opset: 8 },
  { op: "ReduceMean", inputs: [[2, 3, 4]], attributes: { axes: [1], keepdims: 0 }, opset: 11 },
  { op: "ReduceSum", inputs: [[2, 3, 4]], opset: 11 },
  { op: "Squeeze", inputs: [[1, 3, 1]], attributes: { axes: [0] }, opset: 11 },
  { op: "Unsqueeze", inputs: [[3, 2]], attributes: { axes: [0, -1] }, opset: 11 },
];

test.each(old.map((c): [string, OpCase] => [`${c.op}-${c.opset} ${JSON.stringify(c.attributes ?? c.inputs)}`, c]))(
  "%s computes the same in a graph of opset 18",
  async (_, opCase) => {
    const { model, shapes } = oneOp(opCase);
    await expectSame(model, shapes);
  },
);

const FACEPLUGIN = "faceplugin-face-recognition-js@0.0.1";
for (const file of ["feature", "detect", "landmark", "eye", "age", "gender", "liveness", "pose"]) {
  test(`fr_${file}.onnx computes the same in a graph of opset 18`, async ({ skip }) => {
    const bytes = publishedFile(FACEPLUGIN, `package/model/fr_${file}.onnx`);
    if (!bytes) return skip("the npm registry cannot be reached");
    const model = decodeModel(bytes, file);
    await expectSame(model, Object.fromEntries(describeModel(model).inputs.map((x) => [x.name, x.shape as number[]])));
  });
}

for (const file of ["mobilefacenet_foamliu.onnx", "face_detection_yunet_2023mar.onnx", "scrfd_500m_bnkps.onnx"]) {
  needsData(`models/${file}`)(`${file} computes the same in a graph of opset 18`, async () => {
    const model = decodeModel(await readFile(`${DATA}/models/${file}`), file);
    await expectSame(model, Object.fromEntries(describeModel(model).inputs.map((x) => [x.name, x.shape as number[]])));
  });
}

test("constants become what the caller makes of them", async () => {
  const { model } = oneOp({ op: "Mul", inputs: [[2], { floats: [3, 4] }] });
  const g = new GraphBuilder();
  const x = g.input("x", [2]);
  const w = g.input("w", [2]);
  const { y0 } = include(g, model, { inputs: { x0: x }, values: ({ name }) => (name === "x1" ? w : null) });
  g.output("y", y0!);
  const feeds = { x: { shape: [2], data: Float32Array.of(1, 2) }, w: { shape: [2], data: Float32Array.of(5, 6) } };
  expect([...(await runModel(g.toModel("m"), feeds)).y!]).toEqual([5, 12]);
});

test("what does not fit is told by its name", () => {
  const { model } = oneOp({ op: "Relu", inputs: [[2]] });
  const g = new GraphBuilder();
  expect(() => include(g, model, { inputs: {} })).toThrow("model: expected a value for the input x0, got none");
  const x = g.input("x", [3]);
  expect(() => include(g, model, { inputs: { x0: x } })).toThrow("model: expected [2] for the input x0, got [3]");
});

test("every case of the op table goes into a graph", () => {
  for (const opCase of opCases) {
    const { model, shapes } = oneOp(opCase);
    const types = new Map(describeModel(model).inputs.map(({ name, dtype }) => [name, dtype]));
    const g = new GraphBuilder();
    const inputs = Object.entries(shapes).map(([name, shape]) => [
      name,
      g.input(name, shape, types.get(name) as "float32"),
    ]);
    if (opCase.attributes?.training_mode === 1) continue;
    include(g, model, { inputs: Object.fromEntries(inputs) });
  }
});
