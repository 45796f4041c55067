import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as ort from "onnxruntime-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { GraphBuilder } from "./builder.ts";
import { decodeModel, encodeModel } from "./model.ts";
import { readModelFile, writeModelFile } from "./model-file.node.ts";
import { noise } from "./noise.ts";
import { change, createEntry, DataLocation, type ModelProto } from "./schema.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "arcface-model-file-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** y = (x · w) · v + b, the last too short to be kept outside. */
function model(): ModelProto {
  const g = new GraphBuilder();
  const x = g.input("x", [1, 20]);
  const inner = g.node("MatMul", [x, g.constant("w", [20, 50], noise(1000, 1))]);
  const outer = g.node("MatMul", [inner, g.constant("v", [50, 30], noise(1500, 2))]);
  g.output("y", g.node("Add", [outer, g.constant("b", [30], noise(30, 3))]));
  return g.toModel("outside");
}

const FEEDS = { x: new ort.Tensor("float32", noise(20, 4), [1, 20]) };

async function run(source: string | Uint8Array): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(source as string);
  const { y } = await session.run(FEEDS);
  await session.release();
  return y!.data as Float32Array;
}

test("weights beside the model: ONNX Runtime and we read what was written", async () => {
  const path = join(folder, "beside.onnx");
  expect(await writeModelFile(model(), path, { largest: 100 })).toEqual([path, `${path}.data`]);
  expect((await readdir(folder)).filter((name) => name.startsWith("beside"))).toEqual([
    "beside.onnx",
    "beside.onnx.data",
  ]);
  const wanted = await run(encodeModel(model()));
  expect([...(await run(path))]).toEqual([...wanted]);
  expect([...(await run(encodeModel(readModelFile(path))))]).toEqual([...wanted]);
  const weights = (file: ModelProto) => file.graph!.initializer.map(({ rawData }) => [...rawData]);
  expect(weights(readModelFile(path))).toEqual(weights(model()));
  const places: string[][] = [];
  decodeModel(await readFile(path), path, (tensor) => {
    places.push(tensor.externalData.map(({ value }) => value));
    return model().graph!.initializer.find(({ name }) => name === tensor.name)!;
  });
  expect(places).toEqual([
    ["beside.onnx.data", "0", "4000"],
    ["beside.onnx.data", "4096", "6000"],
  ]);
});

test("a small model stays one file", async () => {
  const path = join(folder, "one.onnx");
  expect(await writeModelFile(model(), path)).toEqual([path]);
  expect(encodeModel(readModelFile(path))).toEqual(encodeModel(model()));
});

test.each(["../stolen", "/etc/passwd", "a/../../stolen", "", "C:\\stolen"])(
  "weights at %j, outside the model's folder, are refused",
  async (location) => {
    const path = join(folder, "stray.onnx");
    const [w, ...rest] = model().graph!.initializer;
    const outside = change(w!, {
      rawData: new Uint8Array(),
      dataLocation: DataLocation.EXTERNAL,
      externalData: [createEntry("location", location)],
    });
    const stray = change(model(), { graph: change(model().graph!, { initializer: [outside, ...rest] }) });
    await writeFile(path, encodeModel(stray));
    expect(() => readModelFile(path)).toThrow("weights w: expected a file in the model's folder");
  },
);

test("weights that are cut short or missing are told", async () => {
  const path = join(folder, "cut.onnx");
  await writeModelFile(model(), path, { largest: 100 });
  await truncate(`${path}.data`, 5000);
  expect(() => readModelFile(path)).toThrow("weights v: expected 10096 bytes in cut.onnx.data, got 5000");
  await rm(`${path}.data`);
  expect(() => readModelFile(path)).toThrow("reading the weights of cut.onnx: there is no such file");
});
