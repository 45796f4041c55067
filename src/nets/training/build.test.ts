import { expect, test } from "vitest";
import { createSession } from "../../host/session.node.ts";
import { gradients } from "../../onnx/autodiff.ts";
import { GraphBuilder, type Value } from "../../onnx/builder.ts";
import { encodeModel } from "../../onnx/model.ts";
import { noise } from "../../onnx/noise.ts";
import { createRandom } from "../../tensor/random.ts";
import { float32, sizeOf, type Tensor } from "../../tensor/tensor.ts";
import { iresnet } from "../iresnet.ts";
import { inferenceLayers, normal } from "../layers.ts";
import { mobileFaceNet } from "../mobilefacenet.ts";
import type { Net } from "../registry.ts";
import { trainingNet } from "./build.ts";
import { plainLayers } from "./testing/plain-layers.ts";

const options = { random: createRandom(0) };

async function run(g: GraphBuilder, feeds: Record<string, Tensor>): Promise<Record<string, Float32Array>> {
  await using session = await createSession(encodeModel(g.toModel("net")), "net", { memoryPattern: false });
  const outputs = await session.run(feeds);
  return Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, data as Float32Array]));
}

const small: Record<string, readonly [Net, size: number]> = {
  "an IResNet with dropout": [
    (net, x) => iresnet(net, x, { blocks: [1, 2], widths: [4, 6], features: 5, dropout: 0.4 }),
    12,
  ],
  "a MobileFaceNet": [(net, x) => mobileFaceNet(net, x, { blocks: [2, 1, 1, 1], scale: 1, features: 5 }), 32],
};

test.each(Object.entries(small))("the gradients of %s are those of its plain form", async (_, [net, size]) => {
  const shape = [5, 3, size, size];
  const seed = float32(noise(5 * 5, 3), [5, 5]);

  const fused = new GraphBuilder();
  const made = trainingNet(fused, net, fused.input("images", shape), options);
  fused.output("output", made.output);
  const back = made.backward(fused.input("seed", [5, 5]));
  for (const { name } of made.parameters) fused.output(`gradient.${name}`, back.get(name)!);

  const plain = new GraphBuilder();
  const parameters = new Map<string, Value>();
  const output = net(plainLayers(plain, parameters), plain.input("images", shape));
  plain.output("output", output);
  const wrt = made.parameters.map(({ name }) => parameters.get(name)!);
  gradients(plain, output, wrt, { seed: plain.input("seed", [5, 5]) }).forEach((gradient, i) => {
    plain.output(`gradient.${wrt[i]!.name}`, gradient);
  });

  const masks = made.masks.map(({ name, shape, rate }): [string, Tensor] => {
    const mask = noise(sizeOf(shape), 4).map((x) => (x < rate ? 0 : 1 / (1 - rate)));
    return [name, float32(mask, shape)];
  });
  const feeds = {
    images: float32(noise(sizeOf(shape), 1), shape),
    seed,
    ...Object.fromEntries(masks),
    ...Object.fromEntries(
      made.parameters.map(({ name, shape, initial }, i) => {
        const moved = noise(initial.length, 10 + i);
        return [
          name,
          float32(
            initial.map((x, k) => x + (shape.length === 1 ? moved[k]! : 0)),
            shape,
          ),
        ];
      }),
    ),
  };
  const statistics = made.statistics.map(({ name, shape, initial }) => [name, float32(initial, shape)]);
  const [a, b] = [await run(fused, { ...feeds, ...Object.fromEntries(statistics) }), await run(plain, feeds)];
  const largest = (values: Float32Array) => values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  const floor = 1e-3 * Math.max(...Object.values(b).map(largest));
  expect(Object.keys(a).sort()).toEqual(Object.keys(b).sort());
  for (const [name, values] of Object.entries(b)) {
    // float32 against float32
    expect(a[name], name).toBeCloseToTensor(values, { atol: 1e-3 * Math.max(largest(values), floor) });
  }
});

test("a training network starts from the weights that the inference one has", () => {
  const [net, size] = small["a MobileFaceNet"]!;
  const g = new GraphBuilder();
  const { parameters } = trainingNet(g, net, g.input("images", [2, 3, size, size]), { random: createRandom(7) });
  const other = new GraphBuilder();
  other.output("y", net(inferenceLayers(other, createRandom(7)), other.input("images", [2, 3, size, size])));
  const weights = new Map(other.toModel("net").graph!.initializer.map(({ name, rawData }) => [name, rawData]));
  for (const { name, initial } of parameters) {
    expect(Buffer.from(weights.get(name)!).equals(Buffer.from(initial.buffer)), name).toBe(true);
  }
});

test.each([
  // Once the running mean is near, a mean of 1000σ costs nothing.
  { runningMean: 1000, atol: 1e-4 },
  { runningMean: 990, atol: 1e-3 },
])("batch normalisation keeps its digits where the mean is 1000 σ: $runningMean", async ({ runningMean, atol }) => {
  const shape = [4, 3, 8, 8];
  const g = new GraphBuilder();
  const images = g.input("images", shape);
  const net: Net = (layers, x) => {
    const y = layers.conv("conv", x, 3, { kernel: 1, init: normal(1) });
    return layers.flatten(layers.batchNorm("bn", y));
  };
  const { output, statistics } = trainingNet(g, net, images, options);
  g.output("output", output);
  for (const { name, updated } of statistics) g.output(`new.${name}`, updated);
  const x = noise(sizeOf(shape), 1).map((value) => 1000 + value * Math.sqrt(3));
  const vector = (value: number) => float32(new Float32Array(3).fill(value), [3]);
  const answer = await run(g, {
    images: float32(x, shape),
    "conv.weight": float32(Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1), [3, 3, 1, 1]),
    "bn.weight": vector(1),
    "bn.bias": vector(0),
    "bn.running_mean": vector(runningMean),
    "bn.running_var": vector(1),
  });
  const P = 64;
  const expected = Array.from(x, () => 0);
  for (let c = 0; c < 3; c++) {
    const own = Array.from(x.keys()).filter((i) => Math.floor(i / P) % 3 === c);
    const mean = own.reduce((sum, i) => sum + x[i]!, 0) / own.length;
    const variance = own.reduce((sum, i) => sum + (x[i]! - mean) ** 2, 0) / own.length;
    for (const i of own) expected[i] = (x[i]! - mean) / Math.sqrt(variance + 1e-5);
    expect(answer["new.bn.running_mean"]![c]).toBeCloseTo(0.9 * runningMean + 0.1 * mean, 3);
    expect(answer["new.bn.running_var"]![c]).toBeCloseTo(0.9 + (0.1 * variance * own.length) / (own.length - 1), 3);
  }
  expect(answer.output).toBeCloseToTensor(expected, { atol });
});
