import * as ort from "onnxruntime-node";
import { sizeOf } from "../../../tensor/tensor.ts";
import { GraphBuilder, type Value } from "../../builder.ts";
import { encodeModel } from "../../model.ts";
import { noise } from "../../noise.ts";
import { convInputGradient, convolution, convWeightGradient } from "../conv.ts";
import type { ConvWindow, Runtime } from "../window.ts";

export type OneConv = ConvWindow & {
  readonly input: readonly number[];
  readonly weights: readonly number[];
  readonly output: readonly number[];
};

type Inputs = { readonly x: Value; readonly w: Value; readonly dy: Value };

/** x, w and dy of a case: noise, as scripts/golden/conv-gradients.py computes it too. */
export function convInputs({ input, weights, output }: OneConv): Record<"x" | "w" | "dy", Float32Array<ArrayBuffer>> {
  return { x: noise(sizeOf(input), 1), w: noise(sizeOf(weights), 2), dy: noise(sizeOf(output), 3) };
}

/** Run graphs of x, w and dy, all outputs in one session. */
export async function runOnConv<K extends string>(
  conv: OneConv,
  build: (g: GraphBuilder, inputs: Inputs) => Record<K, Value>,
): Promise<Record<K, { readonly shape: readonly number[]; readonly data: Float32Array }>> {
  const g = new GraphBuilder();
  const shapes = { x: conv.input, w: conv.weights, dy: conv.output };
  const inputs = { x: g.input("x", conv.input), w: g.input("w", conv.weights), dy: g.input("dy", conv.output) };
  const outputs: Record<string, Value> = build(g, inputs);
  for (const [name, value] of Object.entries(outputs)) g.output(name, value);
  const session = await ort.InferenceSession.create(encodeModel(g.toModel("conv")), { logSeverityLevel: 4 });
  const data = convInputs(conv);
  const feeds = (["x", "w", "dy"] as const).map((name) => [name, new ort.Tensor("float32", data[name], shapes[name])]);
  const results = await session.run(Object.fromEntries(feeds));
  await session.release();
  const answers = Object.keys(outputs).map((name) => {
    const { dims, data } = results[name]!;
    return [name, { shape: dims, data }];
  });
  return Object.fromEntries(answers);
}

/** Both gradients, as the chooser makes them, and y itself. */
export function gradientsOf(conv: OneConv, runtime: Runtime = {}) {
  const { strides, pads, group, input, weights } = conv;
  const window = { strides, pads, group, ...runtime };
  return (g: GraphBuilder, { x, w, dy }: Inputs) => ({
    y: convolution(g, { x, w, ...window }),
    dx: convInputGradient(g, { w, dy, inputShape: input, ...window }),
    dw: convWeightGradient(g, { x, dy, kernel: weights.slice(2), ...window }),
  });
}
