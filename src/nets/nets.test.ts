import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { createSession } from "../host/session.node.ts";
import { makeTensor } from "../onnx/build.ts";
import { countModel } from "../onnx/count.ts";
import { encodeModel } from "../onnx/model.ts";
import { noise } from "../onnx/noise.ts";
import { change, type ModelProto } from "../onnx/schema.ts";
import { createRandom } from "../tensor/random.ts";
import { float32, sizeOf } from "../tensor/tensor.ts";
import golden from "./golden/nets.json" with { type: "json" };
import { iresnet } from "./iresnet.ts";
import { buildModel, buildNet, isNetName, NETS, type NetName } from "./registry.ts";

/** What InsightFace's networks have, and one image takes; arcface_torch states 2.6, 6.3, 12.1 and 23.5 GMAC. mbf_large: ours, as a guard. */
const PUBLISHED: Record<NetName, readonly [parameters: number, gigaMacs: string]> = {
  iresnet18: [24_025_600, "2.610"],
  iresnet34: [34_139_328, "4.460"],
  iresnet50: [43_590_848, "6.309"],
  iresnet100: [65_156_160, "12.090"],
  iresnet200: [118_833_920, "23.419"],
  mbf: [2_059_520, "0.438"],
  mbf_large: [6_314_880, "1.816"],
};

async function run(model: ModelProto, shape: readonly number[], seed: number): Promise<Float32Array> {
  await using session = await createSession(encodeModel(model), "net");
  const { output } = await session.run({ images: float32(noise(sizeOf(shape), seed), shape) });
  return output!.data as Float32Array;
}

/** Their weights do not matter: 0 is drawn fastest. */
const unweighted = (name: NetName): ModelProto =>
  buildModel(name, NETS[name], { random: { uniform: () => 0, normal: () => 0 } });

test.each(Object.entries(PUBLISHED))(
  "%s has its published parameters and multiplications, takes N crops and answers N embeddings",
  (name, [parameters, gigaMacs]) => {
    const count = countModel(unweighted(name as NetName));
    expect(count.inputs).toEqual([{ name: "images", dtype: "float32", shape: ["N", 3, 112, 112] }]);
    expect(count.outputs).toEqual([{ name: "output", dtype: "float32", shape: ["N", 512] }]);
    expect(count.parameters).toBe(parameters);
    expect((count.macs! / 1e9).toFixed(3)).toBe(gigaMacs);
    expect(count.notes).toEqual([]);
  },
);

test("mbf takes 0.4375 GMAC", () => {
  expect((countModel(unweighted("mbf")).macs! / 1e9).toFixed(4)).toBe("0.4375");
});

test("iresnet100 has 103 convolutions and 154 batch normalisations, under PyTorch's names", () => {
  const model = unweighted("iresnet100");
  const ops = model.graph!.node.map(({ opType }) => opType);
  expect(ops.filter((op) => op === "Conv")).toHaveLength(103);
  expect(ops.filter((op) => op === "BatchNormalization")).toHaveLength(153 + 1);
  const names = model.graph!.initializer.map(({ name }) => name);
  expect(names).toEqual(
    expect.arrayContaining(
      "conv1.weight bn1.running_mean prelu.weight layer3.29.bn3.bias layer4.0.downsample.0.weight layer4.0.downsample.1.running_var bn2.weight fc.weight fc.bias features.weight".split(
        " ",
      ),
    ),
  );
});

// scripts/golden/nets.py: numpy in float64
test("a small IResNet computes what numpy computes from the same weights", async () => {
  const { blocks, widths, features, size, weights, inputShape, inputSeed, output } = golden.iresnet;
  const model = buildModel("small", (net, x) => iresnet(net, x, { blocks, widths, features }), {
    random: createRandom(0),
    size,
  });
  const given = Object.entries(weights).map(([name, { shape, data }]) =>
    makeTensor(name, shape, Float32Array.from(data)),
  );
  expect(model.graph!.initializer.map(({ name }) => name).sort()).toEqual(given.map(({ name }) => name).sort());
  const filled = change(model, { graph: change(model.graph!, { initializer: given }) });
  // Sums of some hundred float32 products of the order of 1, twelve layers deep.
  expect(await run(filled, inputShape, inputSeed)).toBeCloseToTensor(output, { atol: 2e-5, rtol: 2e-5 });
});

test("mbf of seed 0 has the weights that Python draws, byte for byte", () => {
  const drawn = buildNet("mbf").graph!.initializer.filter(({ dims }) => dims.length === 4 || dims.length === 2);
  const hash = createHash("sha256");
  for (const { rawData } of drawn) hash.update(rawData);
  expect(hash.digest("hex")).toBe(golden.mbf.weightsSha256);
});

test("mbf of seed 0 answers what numpy computes", async () => {
  const { inputShape, inputSeed, output } = golden.mbf;
  const largest = Math.max(...output.map(Math.abs));
  const answer = await run(buildNet("mbf"), inputShape, inputSeed);
  // Fifty float32 layers; relative to the embedding's own size.
  expect(answer).toBeCloseToTensor(output, { atol: 1e-5 * largest });
});

test("a hundred layers of random weights keep their values of the order of 1", async () => {
  const answer = await run(buildNet("iresnet100"), [1, 3, 112, 112], 5);
  const meanSquare = answer.reduce((sum, value) => sum + value ** 2, 0) / answer.length;
  expect(meanSquare).toBeGreaterThan(0.2);
  expect(meanSquare).toBeLessThan(5);
});

test("a seed is a network of its own, the same each time", () => {
  const bytes = (seed: number) =>
    createHash("sha256")
      .update(encodeModel(buildNet("mbf", { seed })))
      .digest("hex");
  expect(bytes(1)).toBe(bytes(1));
  expect(bytes(1)).not.toBe(bytes(0));
});

test("a name is a net's where it is in the table", () => {
  expect(isNetName("iresnet50")).toBe(true);
  for (const name of ["resnet50", "toString", "IResNet50", ""]) expect(isNetName(name)).toBe(false);
});
