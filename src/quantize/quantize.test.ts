import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InferenceSession } from "onnxruntime-node";
import { expect, test } from "vitest";
import { createSession } from "../host/session.node.ts";
import { makeModel, makeNode, makeTensor, makeValueInfo } from "../onnx/build.ts";
import { decodeModel, encodeModel } from "../onnx/model.ts";
import { noise } from "../onnx/noise.ts";
import { floatsOf } from "../onnx/optimize/floats.ts";
import { readyToQuantize } from "../onnx/quantize/ready.ts";
import { change, DataType, type ModelProto } from "../onnx/schema.ts";
import { runModel } from "../onnx/testing/run-model.node.ts";
import { calibrate, type Feed, quantizeCalibrated } from "./calibrate.ts";
import { planMixed } from "./mixed-plan.ts";
import { outputSimilarity } from "./output-error.ts";
import { answersOf, layerSensitivity } from "./sensitivity.ts";
import { smallNet } from "./testing/small-net.ts";

const images = (seed: number, count = 1) => ({ shape: [count, 3, 32, 32], data: noise(count * 3 * 32 * 32, seed) });
const feed = (seed: number): Feed => ({ images: { dtype: "float32", ...images(seed) } });
async function* feeds(): AsyncGenerator<Feed> {
  for (let seed = 0; seed < 12; seed++) yield feed(seed);
}
const calibrated = (model: ModelProto) => calibrate(createSession, model, feeds, { name: "small" });
const opsOf = ({ graph }: ModelProto): Set<string> => new Set(graph!.node.map(({ opType }) => opType));
const compare = async (a: ModelProto, b: ModelProto) => {
  const probes = [100, 101, 102, 103].map(feed);
  const run = (model: ModelProto) => answersOf(createSession, model, probes, { name: "small" });
  return outputSimilarity(await run(a), await run(b));
};

async function largestDifference(a: ModelProto, b: ModelProto): Promise<number> {
  const given = { images: images(7, 2) };
  const [x, y] = [Object.values(await runModel(a, given))[0]!, Object.values(await runModel(b, given))[0]!];
  return x.reduce((most, value, i) => Math.max(most, Math.abs(value - y[i]!)), 0);
}

test.each([false, true])(
  "made ready, a network answers as before, without norms or steep slopes (steep: %s)",
  async (steep) => {
    const model = smallNet({ steep });
    const ready = readyToQuantize(model, "small");
    expect(opsOf(ready)).not.toContain("BatchNormalization");
    const slopes = ready.graph!.node.flatMap(({ opType, input }) =>
      opType === "PRelu" ? [...floatsOf(ready.graph!.initializer.find(({ name }) => name === input[1]))!] : [],
    );
    // The stem's is read by a sum, too, which could not take its sign back.
    if (!steep) expect(Math.max(...slopes)).toBeLessThanOrEqual(1);
    expect(await largestDifference(model, ready)).toBeLessThan(1e-4);
  },
);

test("a norm whose shift is far from what it normalises stays apart, and answers as before", async () => {
  const model = smallNet();
  const far = change(model, {
    graph: change(model.graph!, {
      initializer: model.graph!.initializer.map((tensor) =>
        tensor.name === "layer1.1.bn1.weight"
          ? change(tensor, { rawData: new Uint8Array(tensor.rawData.length) })
          : tensor,
      ),
    }),
  });
  const ready = readyToQuantize(far, "far");
  expect(opsOf(ready)).toContain("Mul");
  expect(await largestDifference(far, ready)).toBeLessThan(1e-4);
});

test("in 8 bits all layers are integers, and the embedding points where it did", async () => {
  const model = smallNet();
  const ready = await calibrated(model);
  const int8 = quantizeCalibrated(ready);
  const { initializer, node } = int8.graph!;
  const kept = initializer.filter(({ dataType, dims }) => dataType === DataType.FLOAT && dims.length > 1);
  // Before the first block, where nothing could take it in.
  expect(kept.map(({ name }) => name)).toEqual(["layer1.0.bn1_shift"]);
  expect(node.filter(({ opType }) => opType === "Conv" || opType === "Gemm").length).toBe(ready.layers.length);
  // One scale an output channel.
  for (const layer of ready.layers) {
    const weights = initializer.find(({ name }) => name === `${layer}:weights`)!;
    const scales = initializer.find(({ name }) => name === `${layer}:weights:scales`)!;
    expect(weights.dataType).toBe(DataType.INT8);
    expect(scales.dims[0]).toBe(weights.dims[0]);
  }
  const { mean, least } = await compare(model, int8);
  expect(mean).toBeGreaterThan(0.995);
  expect(least).toBeGreaterThan(0.99);
});

test("ONNX Runtime makes integer kernels of every layer", async () => {
  const int8 = quantizeCalibrated(await calibrated(smallNet()));
  const folder = await mkdtemp(join(tmpdir(), "arcface-int8-"));
  try {
    const optimizedModelFilePath = join(folder, "optimised.onnx");
    const session = await InferenceSession.create(encodeModel(int8), { optimizedModelFilePath, logSeverityLevel: 4 });
    await session.release();
    const kernels = decodeModel(await readFile(optimizedModelFilePath), "optimised").graph!.node.map(
      ({ opType }) => opType,
    );
    const layers = int8.graph!.node.filter(({ opType }) => opType === "Conv").length;
    expect(kernels.filter((op) => op === "QLinearConv").length).toBe(layers);
    expect(kernels).toContain("QGemm");
    for (const float of ["Conv", "FusedConv", "Gemm", "PRelu"]) expect(kernels).not.toContain(float);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test.each(["minmax", "percentile", "entropy", "mse"] as const)(
  "ranges by %s, without bias correction, run",
  async (ranges) => {
    const model = smallNet();
    const int8 = quantizeCalibrated(await calibrated(model), { ranges, biasCorrection: false, reduceRange: true });
    expect((await compare(model, int8)).mean).toBeGreaterThan(0.9);
  },
);

test("layers that stay in float keep their weights, and all of them the answer", async () => {
  const model = smallNet();
  const ready = await calibrated(model);
  const some = quantizeCalibrated(ready, { stays: new Set(ready.layers.slice(0, 3)) });
  expect(some.graph!.initializer.filter(({ name }) => name.endsWith(":weights")).length).toBe(ready.layers.length - 3);
  expect((await compare(model, some)).mean).toBeGreaterThan(0.995);
  const all = quantizeCalibrated(ready, { stays: new Set(ready.layers) });
  expect((await compare(model, all)).least).toBeGreaterThan(0.999999);
});

test("the layer that is spoilt is the most sensitive one", async () => {
  const model = smallNet();
  const ready = await calibrated(model);
  const spoilt = ready.layers[4]!;
  const observed = new Map(ready.observed);
  const seen = observed.get(spoilt)!;
  // A range a hundred times too wide leaves the layer two or three levels.
  observed.set(spoilt, {
    ...seen,
    histogram: { ...seen.histogram, min: 100 * seen.histogram.min, max: 100 * seen.histogram.max },
  });
  const ranking = await layerSensitivity(createSession, { ...ready, observed }, [feed(50), feed(51)], {
    name: "small",
    ranges: "minmax",
  });
  expect(ranking.length).toBe(ready.layers.length);
  expect(ranking[0]!.layer).toBe(spoilt);
});

const ranking = Array.from({ length: 16 }, (_, i) => ({ layer: `${i}`, error: 16 - i }));

test("a plan keeps as few layers in float as the loss allows", async () => {
  const asked: number[] = [];
  const plan = await planMixed(ranking, 0.1, async ({ size }) => {
    asked.push(size);
    return size < 3 ? 0.5 : 0.05;
  });
  expect([...plan.stays]).toEqual(["0", "1", "2"]);
  expect(plan.kept).toBe(true);
  expect(asked).toEqual([0, 1, 2, 4, 3]);
});

test("a plan that cannot be kept answers what lost least", async () => {
  const plan = await planMixed(ranking, 0.1, async ({ size }) => (size === 4 ? 0.2 : 1));
  expect(plan).toMatchObject({ kept: false, loss: 0.2 });
  expect(plan.stays.size).toBe(4);
});

test("what is quantised already is refused", async () => {
  const int8 = quantizeCalibrated(await calibrated(smallNet()));
  await expect(calibrated(int8)).rejects.toMatchObject({
    code: "INVALID_ARGUMENT",
    message: expect.stringMatching(/quantised already/),
  });
});

test("a network without a convolution or fully-connected layer is refused", async () => {
  const model = makeModel({
    name: "none",
    nodes: [makeNode("Relu", ["images"], ["y"])],
    inputs: [makeValueInfo("images", [1, 3, 32, 32])],
    outputs: [makeValueInfo("y", [1, 3, 32, 32])],
    initializers: [makeTensor("unused", [1], Float32Array.of(1))],
  });
  await expect(calibrated(model)).rejects.toMatchObject({
    code: "INVALID_ARGUMENT",
    message: expect.stringMatching(/layer/),
  });
});
