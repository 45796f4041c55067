import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { DATA, needsData } from "../../test/needs.ts";
import { createSession } from "../host/session.node.ts";
import { sizeOf, type Tensor } from "../tensor/tensor.ts";
import { makeModel, makeNode, makeTensor, makeValueInfo } from "./build.ts";
import { freeBatch } from "./free-batch.ts";
import { decodeModel, describeModel, encodeModel } from "./model.ts";
import { noise } from "./noise.ts";
import type { ModelProto, NodeProto, TensorProto } from "./schema.ts";
import { publishedFile } from "./testing/published.node.ts";
import { smallNetwork } from "./testing/small-models.ts";

/** Are three images in one run answered exactly as each by itself? */
async function expectSameAsOneByOne(model: ModelProto, name: string): Promise<void> {
  const free = freeBatch(model);
  expect(free).not.toBeNull();
  await using session = await createSession(encodeModel(free!), name);
  const { name: input, shape } = session.inputs[0]!;
  expect(shape[0]).toBe("N");
  const one = shape.slice(1).map(Number);
  const size = sizeOf(one);
  const data = noise(3 * size, 1);
  const run = (from: number, n: number): Promise<Record<string, Tensor>> =>
    session.run({
      [input]: { dtype: "float32", shape: [n, ...one], data: data.slice(from * size, (from + n) * size) },
    });
  const together = await run(0, 3);
  for (let i = 0; i < 3; i++) {
    for (const [output, { data: alone, shape: own }] of Object.entries(await run(i, 1))) {
      expect(together[output]!.shape).toEqual([3, ...own.slice(1)]);
      const part = together[output]!.data.slice(i * alone.length, (i + 1) * alone.length);
      // The same kernels on the same numbers: nothing to tolerate.
      expect(part).toEqual(alone);
    }
  }
}

test("a network for one image takes three, and the given model stays as it is", async () => {
  const model = smallNetwork({ weight: 2, bias: 0.25 });
  const before = encodeModel(model);
  await expectSameAsOneByOne(model, "small");
  expect(encodeModel(model)).toEqual(before);
});

test("the default recogniser takes three faces", async ({ skip }) => {
  const bytes = publishedFile("faceplugin-face-recognition-js@0.0.1", "package/model/fr_feature.onnx");
  if (!bytes) return skip("the npm registry cannot be reached");
  await expectSameAsOneByOne(decodeModel(bytes, "fr_feature.onnx"), "fr_feature.onnx");
});

const FOAMLIU = "models/mobilefacenet_foamliu.onnx";
needsData(FOAMLIU)("a PyTorch export with Constant nodes takes three faces", async () => {
  await expectSameAsOneByOne(decodeModel(await readFile(`${DATA}/${FOAMLIU}`), FOAMLIU), FOAMLIU);
});

test("channels put into another order stay each image's own", async () => {
  const model = makeModel({
    name: "net",
    nodes: [makeNode("Gather", ["x", "order"], ["y"], { axis: 1 })],
    initializers: [makeTensor("order", [3], [2, 1, 0])],
    inputs: [makeValueInfo("x", [1, 3, 2, 2])],
    outputs: [makeValueInfo("y", [1, 3, 2, 2])],
  });
  await expectSameAsOneByOne(model, "channels");
});

function network(nodes: NodeProto[], initializers: TensorProto[] = [], output = [1, 4]): ModelProto {
  return makeModel({
    name: "net",
    nodes,
    initializers,
    inputs: [makeValueInfo("x", [1, 4])],
    outputs: [makeValueInfo("y", output)],
  });
}

test.each<[why: string, model: ModelProto]>([
  ["sums over the batch", network([makeNode("ReduceSum", ["x", "axes"], ["y"])], [makeTensor("axes", [1], [0])])],
  ["joins along the batch", network([makeNode("Concat", ["x", "x"], ["y"], { axis: 0 })], [], [2, 4])],
  ["moves the batch", network([makeNode("Transpose", ["x"], ["y"], { perm: [1, 0] })], [], [4, 1])],
  ["takes images by their places", network([makeNode("Gather", ["x", "p"], ["y"])], [makeTensor("p", [1], [0])])],
  ["quantises by the range of all images", network([makeNode("DynamicQuantizeLinear", ["x"], ["y", "s", "z"])])],
  [
    "adds one number an image",
    network([makeNode("Add", ["x", "k"], ["y"])], [makeTensor("k", [2, 1], Float32Array.of(1, 2))]),
  ],
  ["uses an operator that is not known", network([makeNode("Mystery", ["x"], ["y"])])],
])("a network that %s is left as it is", (_, model) => {
  expect(freeBatch(model)).toBeNull();
});

test("a network for any number of images has nothing to free", () => {
  const free = freeBatch(smallNetwork())!;
  expect(describeModel(free).inputs[0]!.shape).toEqual(["N", 1, 2, 2]);
  expect(freeBatch(free)).toBeNull();
});
