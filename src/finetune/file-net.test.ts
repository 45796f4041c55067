import { expect, test } from "vitest";
import { createSession } from "../host/session.node.ts";
import { createImage } from "../image/image.ts";
import { imagesToTensor, type PixelFormat } from "../image/to-tensor.ts";
import { GraphBuilder } from "../onnx/builder.ts";
import { encodeModel } from "../onnx/model.ts";
import { mul, sum } from "../onnx/vjp/words.ts";
import { createRandom } from "../tensor/random.ts";
import { float32, type Tensor } from "../tensor/tensor.ts";
import { fileTrainingNet } from "./file-net.ts";
import { learntWeights } from "./learnt-weights.ts";
import { FEATURES, SIZE, tinyNetwork } from "./testing/tiny-recognizer.node.ts";

const N = 3;
const BGR: PixelFormat = { color: "BGR", layout: "NCHW", mean: [120, 125, 130], scale: [128, 64, 32] };
const random = createRandom(4);
const pictures = Array.from({ length: N }, () =>
  createImage(
    SIZE,
    SIZE,
    Uint8Array.from({ length: 3 * SIZE * SIZE }, () => 256 * random.uniform()),
  ),
);
/** As the trainer's loader makes them. */
const images = imagesToTensor(pictures, {
  color: "RGB",
  layout: "NCHW",
  mean: Array(3).fill(127.5),
  scale: Array(3).fill(127.5),
});
const seeds = Float32Array.from({ length: N * FEATURES }, () => random.normal());

type Options = { readonly batchNorm?: boolean; readonly last?: number; readonly anchor?: number };

/** Outputs: `y`, `loss` (Σ y·c) and the gradients of every weight that learns. */
function graphOf({ batchNorm = false, last, anchor = 0 }: Options) {
  const model = tinyNetwork({ batchNorm, seed: 2 });
  const { weights } = learntWeights(model, "tiny", last === undefined ? "all" : { last });
  const g = new GraphBuilder();
  const input = g.input("images", [N, 3, SIZE, SIZE]);
  const net = fileTrainingNet(g, model, input, { input: { ...BGR, name: "x" }, output: "y", weights, anchor });
  const seed = g.constant("seeds", [N, FEATURES], seeds);
  g.output("y", net.output);
  g.output("loss", sum(g, mul(g, net.output, seed), [0, 1], 0));
  for (const [name, gradient] of net.backward(seed)) g.output(`gradient.${name}`, gradient);
  return { bytes: encodeModel(g.toModel("test")), parameters: net.parameters };
}

const number = (tensor: Tensor | undefined): number => tensor!.data[0] as number;

test.each([
  ["all layers", {}, ["w1", "b1", "slope", "w2", "b2", "w3", "b3"]],
  [
    "with batch-norms, which keep their statistics",
    { batchNorm: true },
    ["w1", "b1", "gamma", "beta", "slope", "w2", "b2", "w3", "b3"],
  ],
  ["the last two layers", { last: 2 }, ["w2", "b2", "w3", "b3"]],
] as const)("gradients of a file's weights are central differences: %s", async (_, options, names) => {
  const { bytes, parameters } = graphOf(options);
  expect(parameters.map(({ name }) => name)).toEqual(names.map((name) => `net.${name}`));
  await using session = await createSession(bytes, "test");
  const start = Object.fromEntries(parameters.map(({ name, shape, initial }) => [name, float32(initial, shape)]));
  const answer = await session.run({ images, ...start });
  for (const { name, shape, initial } of parameters) {
    const gradient = answer[`gradient.${name}`]!;
    expect(gradient.shape).toEqual(shape);
    for (let i = 0; i < initial.length; i += Math.max(1, Math.floor(initial.length / 7))) {
      // Float32 values of the order of 10: a difference over 4e-3 is right to 1e-3 or so; wider ones cross PReLU's kinks.
      const h = 2e-3;
      const [up, down] = await Promise.all(
        [h, -h].map(async (step) => {
          const moved = initial.slice();
          moved[i]! += step;
          return number((await session.run({ images, ...start, [name]: float32(moved, shape) })).loss);
        }),
      );
      const numeric = (up! - down!) / (2 * h);
      expect(Math.abs((gradient.data[i] as number) - numeric), `${name}[${i}]`).toBeLessThan(
        2e-2 * Math.max(1, Math.abs(numeric)),
      );
    }
  }
});

test("a file's network sees pixels as its card says", async () => {
  const { bytes, parameters } = graphOf({});
  await using session = await createSession(bytes, "test");
  await using original = await createSession(encodeModel(tinyNetwork({ seed: 2 })), "tiny");
  const start = Object.fromEntries(parameters.map(({ name, shape, initial }) => [name, float32(initial, shape)]));
  const { y } = await session.run({ images, ...start });
  const wanted = (await original.run({ x: imagesToTensor(pictures, BGR) })).y!;
  for (const [i, value] of wanted.data.entries()) expect(y!.data[i]).toBeCloseTo(value as number, 4);
});

test("an anchor pulls embeddings back, and only where they have left", async () => {
  const [free, held] = [graphOf({}), graphOf({ anchor: 100 })];
  const gradientOf = async ({ bytes, parameters }: typeof free, move: number) => {
    await using session = await createSession(bytes, "test");
    const start = Object.fromEntries(
      parameters.map(({ name, shape, initial }) => [
        name,
        float32(name === "net.b3" ? initial.map((x, i) => x + move * i) : initial, shape),
      ]),
    );
    return (await session.run({ images, ...start }))["gradient.net.b3"]!.data as Float32Array;
  };
  const [a, b] = [await gradientOf(free, 0), await gradientOf(held, 0)];
  for (const [i, value] of a.entries()) expect(b[i]).toBeCloseTo(value, 3);
  const [c, d] = [await gradientOf(free, 0.5), await gradientOf(held, 0.5)];
  // The move was along (0, 1, 2 …): the way back is against it.
  const along = c.reduce((total, value, i) => total + (d[i]! - value) * i, 0);
  expect(along).toBeGreaterThan(1);
});
