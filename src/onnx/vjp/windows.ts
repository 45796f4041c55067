import type { GraphBuilder, Value } from "../builder.ts";
import { convInputGradient, convWeightGradient } from "../gradients/conv.ts";
import { type Activation, activations } from "./activation.ts";
import type { Vjp, Vjps } from "./rule.ts";
import { type Walk, walkOf } from "./window.ts";
import { ints, reshape, sizes, sum, transpose } from "./words.ts";

/** y = x ⋆ w + b */
const conv: Vjp = (b) => {
  const { g, dy, y, x, call, wanted } = b;
  const walk = walkOf(call, x[0]!, y, sizes(x[1]!).slice(2));
  const group = call.int("group");
  return [
    wanted(0) ? ofInput(g, x[1]!, dy, sizes(x[0]!), walk, group) : null,
    wanted(1) ? ofWeights(g, x[0]!, dy, walk, group) : null,
    x[2] && wanted(2) ? sum(g, dy, [0, 2, 3], 0) : null,
  ];
};

/** With x and y in each other's place: the filters [C, out / group, …] are those of a convolution from y to x. */
const convTranspose: Vjp = (b) => {
  const { g, dy, y, x, call, wanted } = b;
  if (call.has("output_shape") || call.text("auto_pad").startsWith("SAME"))
    throw call.mismatch("a transposed convolution of explicit pads", "output_shape or auto_pad");
  const { kernel, strides, dilations, pads } = walkOf(call, x[0]!, y, sizes(x[1]!).slice(2));
  const group = call.int("group");
  const attributes = { kernel_shape: kernel, strides, dilations, pads, group };
  return [
    wanted(0) ? g.node("Conv", [dy, x[1]!], { attributes }) : null,
    wanted(1) ? ofWeights(g, dy, x[0]!, { kernel, strides, dilations, pads }, group) : null,
    x[2] && wanted(2) ? sum(g, dy, [0, 2, 3], 0) : null,
  ];
};

/** y = activation(x ⋆ w + b + z) */
const fusedConv: Vjp = (b) => {
  const { g, dy, y, call, wanted } = b;
  const name = call.has("activation") ? call.text("activation") : "";
  const activation: Activation | undefined = activations[name];
  if (!activation) throw call.mismatch(`an activation of ${Object.keys(activations).join(", ")}`, name);
  const inner = activation(g, dy, y, call.floats("activation_params") ?? []);
  const [dx = null, dw = null, db = null] = conv({ ...b, dy: inner });
  return [dx, dw, db, wanted(3) ? inner : null];
};

function ofInput(g: GraphBuilder, w: Value, dy: Value, shape: readonly number[], walk: Walk, group: number): Value {
  const { kernel, strides, dilations, pads } = walk;
  if (dilations.every((d) => d === 1)) return convInputGradient(g, { w, dy, inputShape: shape, strides, pads, group });
  const rest = [0, 1].map((axis) => {
    const span = (kernel[axis]! - 1) * dilations[axis]! + 1;
    return shape[axis + 2]! + pads[axis]! + pads[axis + 2]! - (sizes(dy)[axis + 2]! - 1) * strides[axis]! - span;
  });
  return g.node("ConvTranspose", [dy, w], {
    attributes: { kernel_shape: kernel, strides, dilations, pads, group, output_padding: rest },
  });
}

function ofWeights(g: GraphBuilder, x: Value, dy: Value, walk: Walk, group: number): Value {
  const { kernel, strides, dilations, pads } = walk;
  if (dilations.every((d) => d === 1)) return convWeightGradient(g, { x, dy, kernel, strides, pads, group });
  // A convolution of x with dy, images in the place of channels: its strides are the dilations, and the other way round.
  const [N, I, H, W] = sizes(x) as [number, number, number, number];
  const [, O, oh, ow] = sizes(dy) as [number, number, number, number];
  const images = transpose(g, reshape(g, x, [N, group, I / group, H, W]), [2, 1, 0, 3, 4]);
  const all = g.node("Conv", [reshape(g, images, [I / group, group * N, H, W]), transpose(g, dy, [1, 0, 2, 3])], {
    attributes: { kernel_shape: [oh, ow], strides: dilations, dilations: strides, pads, group },
  });
  const cut = g.node("Slice", [all, ints(g, [0, 0]), ints(g, kernel), ints(g, [2, 3])]);
  return reshape(g, transpose(g, cut, [1, 0, 2, 3]), [O, I / group, ...kernel]);
}

export const windows: Vjps = { Conv: conv, ConvTranspose: convTranspose, "com.microsoft.FusedConv": fusedConv };
