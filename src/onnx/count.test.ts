import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { DATA, needsData } from "../../test/needs.ts";
import { makeModel, makeNode, makeTensor, makeValueInfo } from "./build.ts";
import { countModel } from "./count.ts";
import { decodeModel } from "./model.ts";
import {
  AttributeType,
  createAttribute,
  createTensor,
  DataType,
  type ModelProto,
  type NodeProto,
  type TensorProto,
} from "./schema.ts";
import { publishedFile } from "./testing/published.node.ts";

const floats = (name: string, ...shape: number[]): TensorProto =>
  makeTensor(name, shape, new Float32Array(shape.reduce((n, dim) => n * dim, 1)));
const network = (nodes: NodeProto[], initializers: TensorProto[], x: (number | string)[] = [1, 3, 8, 8]): ModelProto =>
  makeModel({ name: "net", nodes, initializers, inputs: [makeValueInfo("x", x)], outputs: [makeValueInfo("y", [])] });
const conv = (...inputs: string[]): NodeProto => makeNode("Conv", inputs, ["c"]);

test("weights, biases, slopes and batch normalisation's scale and shift are parameters; its statistics are apart", () => {
  const count = countModel(
    network(
      [
        conv("x", "w", "b"),
        makeNode("BatchNormalization", ["c", "scale", "shift", "mean", "var"], ["n"]),
        makeNode("PRelu", ["n", "slope"], ["p"]),
        makeNode("Reshape", ["p", "shape"], ["r"]),
        makeNode("Gemm", ["r", "v"], ["y"]),
      ],
      [
        floats("w", 4, 3, 3, 3),
        ...["b", "scale", "shift", "mean", "var"].map((name) => floats(name, 4)),
        floats("slope", 4, 1, 1),
        makeTensor("shape", [2], [1, -1]),
        floats("v", 144, 5),
      ],
    ),
  );
  expect(count).toMatchObject({
    parameters: 108 + 3 * 4 + 4 + 720,
    runningStatistics: 8,
    otherConstants: 2,
    macs: 4 * 36 * 27 + 720,
    notes: [],
  });
  expect(count.layers[0]).toEqual({
    name: "c",
    op: "Conv",
    inputShapes: [[1, 3, 8, 8]],
    outputShape: [1, 4, 6, 6],
    parameters: 112,
    macs: 3888,
  });
});

test("a weight that is used twice counts once, with its first layer", () => {
  const count = countModel(
    network([makeNode("MatMul", ["x", "w"], ["a"]), makeNode("MatMul", ["a", "w"], ["y"])], [floats("w", 8, 8)]),
  );
  expect(count.parameters).toBe(64);
  expect(count.layers.map(({ parameters }) => parameters)).toEqual([64, 0]);
  expect(count.macs).toBe(2 * 3 * 8 * 8 * 8);
});

test("a Constant node that serves as weights is a parameter", () => {
  const t = floats("", 4, 3, 1, 1);
  const constant = makeNode("Constant", [], ["w"]);
  constant.attribute.push(createAttribute({ name: "value", type: AttributeType.TENSOR, t }));
  expect(countModel(network([constant, conv("x", "w")], []))).toMatchObject({ parameters: 12, otherConstants: 0 });
});

test("a number a channel is a parameter behind a layer with weights; before it, it prepares the image", () => {
  const nodes = [
    makeNode("Sub", ["x", "mean"], ["s"]),
    makeNode("Div", ["s", "scale"], ["d"]),
    conv("d", "w"),
    makeNode("Mul", ["c", "gain"], ["g"]),
    makeNode("Add", ["g", "bias"], ["a"]),
    makeNode("Mul", ["a", "two"], ["y"]),
  ];
  const constants = [floats("mean", 1, 3, 1, 1), floats("scale", 3, 1, 1), floats("w", 4, 3, 1, 1)];
  const behind = [floats("gain", 4, 1, 1), floats("bias", 1, 4, 1, 1), floats("two")];
  expect(countModel(network(nodes, [...constants, ...behind]))).toMatchObject({
    parameters: 12 + 8,
    otherConstants: 7,
  });
});

test("a convolution with a bias and no batch normalisation behind it says that it is folded", () => {
  const { notes } = countModel(network([conv("x", "w", "b")], [floats("w", 4, 3, 3, 3), floats("b", 4)]));
  expect(notes).toEqual([expect.stringContaining("the count is this graph's own")]);
});

test("weights that are dequantised on their way count as what they are", () => {
  const stored = createTensor({
    name: "q",
    dims: [4n, 3n, 1n, 1n],
    dataType: DataType.INT8,
    rawData: new Uint8Array(12),
  });
  const { parameters, otherConstants, notes } = countModel(
    network([makeNode("DequantizeLinear", ["q", "scale"], ["w"]), conv("x", "w")], [stored, floats("scale")]),
  );
  expect({ parameters, otherConstants }).toEqual({ parameters: 12, otherConstants: 1 });
  expect(notes).toEqual(["weights are quantised: they count as parameters, their scales and zero points do not"]);
});

test("an unknown operator is a note, and the rest is counted", () => {
  const { notes, macs, parameters } = countModel(
    network([conv("x", "w"), makeNode("Mystery", ["c", "v"], ["y"])], [floats("w", 4, 3, 3, 3), floats("v", 9)]),
  );
  expect(notes).toEqual([
    "the operator Mystery (1×) is not known: its weights and its multiplications are not counted",
  ]);
  expect({ macs, parameters }).toEqual({ macs: 3888, parameters: 108 });
});

test("sizes that vary leave the multiplications unknown until they are given", () => {
  const model = network([conv("x", "w")], [floats("w", 4, 3, 3, 3)], ["N", 3, "H", "W"]);
  const count = countModel(model);
  expect(count).toMatchObject({ macs: null, parameters: 108 });
  expect(count.notes).toEqual(["sizes vary: multiply–accumulates are known once the input's shape is"]);
  expect(countModel(model, { inputShapes: { x: [2, 3, 8, 8] } }).macs).toBe(2 * 3888);
});

test("a batch multiplies what one image takes", () => {
  const model = network([conv("x", "w")], [floats("w", 4, 3, 3, 3)], ["N", 3, 8, 8]);
  expect(countModel(model).macs).toBe(3888);
  expect(countModel(model, { batch: 5 }).macs).toBe(5 * 3888);
});

test("an output that is not what the file says makes a note", () => {
  const model = makeModel({
    name: "net",
    nodes: [makeNode("Relu", ["x"], ["y"])],
    initializers: [],
    inputs: [makeValueInfo("x", [1, 3])],
    outputs: [makeValueInfo("y", [1, 4])],
  });
  expect(countModel(model).notes).toEqual(["the file says that y is [1, 4]; it comes out as [1, 3]"]);
});

test("the default recogniser is a folded MobileFaceNet of 1,190,336 parameters", ({ skip }) => {
  const file = "fr_feature.onnx";
  const bytes = publishedFile("faceplugin-face-recognition-js@0.0.1", `package/model/${file}`);
  if (!bytes) return skip("the npm registry cannot be reached");
  const { parameters, macs, runningStatistics, notes } = countModel(decodeModel(bytes, file));
  expect({ parameters, macs, runningStatistics }).toEqual({
    parameters: 1_190_336,
    macs: 221_161_984,
    runningStatistics: 0,
  });
  expect(notes).toHaveLength(1);
});

const QUANTISED = "models/w600k_mbf_int8_offlineid.onnx";
needsData(QUANTISED)(
  "of a dynamically quantised network all count but scales, zero points, shapes and statistics",
  async () => {
    const model = decodeModel(await readFile(`${DATA}/${QUANTISED}`), QUANTISED);
    const counted = model.graph!.initializer.filter(
      ({ name, dataType }) => !/_(scale|zero_point)$/.test(name) && dataType !== DataType.INT64,
    );
    const numbers = counted.reduce((n, { dims }) => n + dims.map(Number).reduce((a, b) => a * b, 1), 0);
    const { parameters, runningStatistics, macs, notes } = countModel(model);
    // Mean and variance of the embedding's 512.
    expect(runningStatistics).toBe(1024);
    expect(parameters).toBe(numbers - 1024);
    expect(macs).not.toBeNull();
    expect(notes).toContain("weights are quantised: they count as parameters, their scales and zero points do not");
  },
);
