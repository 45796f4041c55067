import type { Attribute } from "../build.ts";
import type { ImportGraph } from "./graph.ts";
import type { Layout } from "./layout.ts";

type Attributes = Readonly<Record<string, Attribute>>;

/** `ActivationFunctionType`: the node it adds after an operator. */
export function activation(g: ImportGraph, code: number, index: number, layout: Layout, input: string): void {
  const clip = (low: number, high: number) => {
    const bound = (value: number) => g.addWeights(`${input}:${value}`, [], Float32Array.of(value));
    g.define(index, layout, "Clip", [input, bound(low), bound(high)]);
  };
  if (code === 1) g.define(index, layout, "Relu", [input]);
  else if (code === 2) clip(-1, 1);
  else if (code === 3) clip(0, 6);
  else if (code === 4) g.define(index, layout, "Tanh", [input]);
  else throw g.unsupported(`activation ${code} is not supported`);
}

/** Define a tensor through a node and the activation fused with it. */
export function define(
  g: ImportGraph,
  index: number,
  layout: Layout,
  fused: number,
  op: string,
  inputs: readonly string[],
  attributes?: Attributes,
): void {
  if (fused === 0) g.define(index, layout, op, inputs, attributes);
  else activation(g, fused, index, layout, g.emit(op, inputs, attributes));
}

/** NCHW where the (first computed) input is an image that was computed so, else as in the file. */
export function layoutFor(g: ImportGraph, inputs: readonly number[]): Layout {
  return inputs.some((i) => i >= 0 && g.layoutOf(i) === "nchw") ? "nchw" : "plain";
}
