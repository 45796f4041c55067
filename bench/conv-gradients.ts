/**
 * GFLOP/s of the networks' convolutions and of their gradients, form beside form, the fastest of some rounds in turn.
 * With one thread it is the processor's time that counts, with more the clock's: those need a quiet machine. "∂w" is the
 * form that src/onnx/gradients/ chooses; "const" is a convolution whose weights are no input.
 *
 *     npx tsx --conditions=arcface-source bench/conv-gradients.ts [--batch 16] [--threads 1] [--rounds 5] [--only 3×3]
 */
import { parseArgs } from "node:util";
import { createSession } from "../src/host/session.node.ts";
import { GraphBuilder, type Value } from "../src/onnx/builder.ts";
import { blockedConv, blockedInputGradient, isBlocked } from "../src/onnx/gradients/blocked.ts";
import { convInputGradient, convWeightGradient } from "../src/onnx/gradients/conv.ts";
import { perTap, planeConvs, planeProducts, stackedTaps } from "../src/onnx/gradients/grouped.ts";
import {
  columnsOfAll,
  movedRows,
  productPerTap,
  type Sizes,
  stackedColumns,
} from "../src/onnx/gradients/weight-forms.ts";
import { isWinograd, winogradConv, winogradWeightGradient } from "../src/onnx/gradients/winograd.ts";
import { encodeModel } from "../src/onnx/model.ts";
import { noise } from "../src/onnx/noise.ts";
import { ints, reshape, transpose } from "../src/onnx/vjp/words.ts";
import { float32, sizeOf } from "../src/tensor/tensor.ts";
import { blockSize } from "../src/train/block-size.node.ts";
import { matmulRate, now } from "./matmul-rate.ts";

const { values } = parseArgs({
  options: {
    batch: { type: "string", default: "16" },
    threads: { type: "string", default: "1" },
    rounds: { type: "string", default: "5" },
    only: { type: "string", default: "" },
  },
});
const [batch, threads, rounds] = [values.batch, values.threads, values.rounds].map(Number) as [number, number, number];

const block = await blockSize();

type Shape = readonly [
  inputs: number,
  filters: number,
  side: number,
  kernel: number,
  stride: number,
  group: number,
  of: string,
];

const SHAPES: readonly Shape[] = [
  [3, 64, 112, 3, 1, 1, "iresnet's stem"],
  [64, 64, 112, 3, 1, 1, "iresnet"],
  [64, 64, 112, 3, 2, 1, "iresnet"],
  [64, 64, 112, 1, 2, 1, "iresnet"],
  [64, 64, 56, 3, 1, 1, "iresnet"],
  [64, 128, 56, 3, 1, 1, "iresnet"],
  [128, 128, 56, 3, 2, 1, "iresnet"],
  [64, 128, 56, 1, 2, 1, "iresnet"],
  [128, 128, 28, 3, 1, 1, "iresnet"],
  [128, 256, 28, 3, 1, 1, "iresnet"],
  [256, 256, 28, 3, 2, 1, "iresnet"],
  [128, 256, 28, 1, 2, 1, "iresnet"],
  [256, 256, 14, 3, 1, 1, "iresnet"],
  [256, 512, 14, 3, 1, 1, "iresnet"],
  [512, 512, 14, 3, 2, 1, "iresnet"],
  [256, 512, 14, 1, 2, 1, "iresnet"],
  [512, 512, 7, 3, 1, 1, "iresnet"],
  [3, 128, 112, 3, 2, 1, "mbf's stem"],
  [128, 128, 56, 3, 1, 64, "mbf, 64 groups"],
  [128, 128, 56, 1, 1, 1, "mbf"],
  [128, 128, 56, 3, 2, 128, "mbf, depthwise"],
  [128, 128, 28, 1, 1, 1, "mbf"],
  [128, 128, 28, 3, 1, 128, "mbf, depthwise"],
  [256, 256, 28, 3, 2, 256, "mbf, depthwise"],
  [256, 256, 14, 1, 1, 1, "mbf"],
  [256, 256, 14, 3, 1, 256, "mbf, depthwise"],
  [512, 512, 14, 3, 2, 512, "mbf, depthwise"],
  [256, 256, 7, 1, 1, 1, "mbf"],
  [256, 256, 7, 3, 1, 256, "mbf, depthwise"],
  [512, 512, 7, 7, 1, 512, "mbf, global depthwise"],
];

const WEIGHT_FORMS = { productPerTap, columnsOfAll, movedRows, stackedColumns };
const GROUPED_FORMS = { planeConvs, planeProducts, stackedTaps, perTap };
type Inputs = { x: Value; w: Value; dy: Value };

function formsOf([inputs, filters, side, kernel, stride, group]: Shape) {
  const pad = kernel === side ? 0 : (kernel - 1) / 2;
  const out = Math.floor((side + 2 * pad - kernel) / stride) + 1;
  const input = [batch, inputs, side, side];
  const weights = [filters, inputs / group, kernel, kernel];
  const output = [batch, filters, out, out];
  const window = { strides: [stride, stride], pads: [pad, pad, pad, pad], group };
  const sizes = { ...window, kernel: [kernel, kernel] } as unknown as Sizes;
  const forms: Record<string, (g: GraphBuilder, values: Inputs) => Value> = {
    forward: (g, { x, w }) => g.conv(x, w, window),
    const: (g, { x }) => g.conv(x, g.constant("fixed", weights, noise(sizeOf(weights), 1)), window),
    "∂x": (g, { w, dy }) => convInputGradient(g, { w, dy, inputShape: input, ...window }),
    "∂w": (g, { x, dy }) => convWeightGradient(g, { x, dy, kernel: [kernel, kernel], ...window }),
  };
  if (stride === 1 && kernel > 1) {
    forms["∂x ConvTranspose"] = (g, { w, dy }) =>
      g.node("ConvTranspose", [dy, w], { attributes: { kernel_shape: [kernel, kernel], ...window } });
  }
  if (group > 1) {
    for (const [name, form] of Object.entries(GROUPED_FORMS)) {
      const same = name === "planeProducts" || name === "stackedTaps";
      if ((same && out !== side) || (name.startsWith("plane") && inputs !== group)) continue;
      forms[`∂w ${name}`] = (g, { x, dy }) => form(g, x, dy, sizes, group);
    }
  }
  if (group === 1 && kernel > 1) {
    for (const [name, form] of Object.entries(WEIGHT_FORMS)) {
      if (stride === 1 || name === "productPerTap" || name === "columnsOfAll")
        forms[`∂w ${name}`] = (g, { x, dy }) => form(g, x, dy, sizes);
    }
    if (stride === 1) {
      const first = (g: GraphBuilder, x: Value) => transpose(g, x, [1, 0, 2, 3]);
      forms["∂w Conv"] = (g, { x, dy }) => first(g, g.conv(first(g, x), first(g, dy), { pads: window.pads }));
    }
  }
  if (block && isBlocked(block, weights, window)) {
    forms["blocked forward"] = (g, { x, w }) => blockedConv(g, { x, w, ...window, block });
    if (stride === 1) {
      const back = window.pads.map((pad) => kernel - 1 - pad);
      forms["blocked ∂x"] = (g, { w, dy }) => blockedInputGradient(g, { w, dy, pads: back, group, block });
    }
  }
  if (isWinograd(weights, window, 0)) {
    forms["Winograd forward"] = (g, { x, w }) => winogradConv(g, { x, w, block });
    forms["Winograd ∂x"] = (g, { w, dy }) => winogradConv(g, { x: dy, w, turned: true, block });
    forms["Winograd ∂w"] = (g, { x, dy }) => winogradWeightGradient(g, { x, dy, block });
  }
  const flops = 2 * batch * filters * (inputs / group) * kernel ** 2 * out ** 2;
  return { shapes: { x: input, w: weights, dy: output }, forms, flops };
}

async function measure(shape: Shape): Promise<string> {
  const { shapes, forms, flops } = formsOf(shape);
  const sessions = [];
  for (const [name, form] of Object.entries(forms)) {
    const g = new GraphBuilder();
    const inputs = { x: g.input("x", shapes.x), w: g.input("w", shapes.w), dy: g.input("dy", shapes.dy) };
    // One number: what leaves a session is copied.
    g.output("y", g.node("Slice", [reshape(g, form(g, inputs), [-1]), ints(g, [0]), ints(g, [1])]));
    const session = await createSession(encodeModel(g.toModel(name)), name, { threads, memoryPattern: false });
    sessions.push({ name, session, best: Number.POSITIVE_INFINITY });
  }
  const feeds = Object.fromEntries(
    Object.entries(shapes).map(([name, shape], i) => [name, float32(noise(sizeOf(shape), i), shape)]),
  );
  for (let round = 0; round < rounds; round++) {
    for (const timed of sessions) {
      const start = now(threads);
      await timed.session.run(feeds);
      timed.best = Math.min(timed.best, now(threads) - start);
    }
  }
  for (const { session } of sessions) await session[Symbol.asyncDispose]();
  const figures = sessions.map(
    ({ name, best }) => `${name} ${(flops / best / 1e6).toFixed(0)} (${best.toFixed(1)} ms)`,
  );
  return figures.join(", ");
}

const rate = async (): Promise<string> => `MatMul of 1024³: ${(await matmulRate(threads)).toFixed(0)} GFLOP/s`;

console.log(`batch ${batch}, ${threads} threads, GFLOP/s. ${await rate()}`);
for (const shape of SHAPES) {
  const [inputs, filters, side, kernel, stride, , of] = shape;
  const name = `${kernel}×${kernel}/${stride} ${inputs} → ${filters} at ${side} (${of})`;
  if (name.includes(values.only)) console.log(`${name}: ${await measure(shape)}`);
}
console.log(await rate());
