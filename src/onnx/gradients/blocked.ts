import type { GraphBuilder, Value } from "../builder.ts";
import { reshape, sizes, transpose } from "../vjp/words.ts";
import type { ConvWindow } from "./window.ts";

/*
 * Convolutions in ONNX Runtime's blocked layout, in which it runs those of constant weights by itself; weights that are an
 * input are brought into it here. How much that gains: docs/decisions/training-graphs.md.
 *
 * A graph made for another block than the processor's computes something else, without a word: ask `blockSize` of the
 * runtime that will run it (train/block-size.node.ts). `block`: channels a block, 16 with AVX-512, 8 with AVX2.
 */

/** Whether the layout holds these channels and gains something: 3×3 and larger with stride 1, or a filter a channel. */
export function isBlocked(
  block: number,
  [O, perGroup, kh, kw]: readonly number[],
  { group, strides }: Pick<ConvWindow, "group" | "strides">,
): boolean {
  if (kh! * kw! === 1) return false;
  if (group === O && perGroup === 1) return O % block === 0;
  const one = strides.every((stride) => stride === 1);
  return one && group === 1 && O! % block === 0 && perGroup! % block === 0;
}

type Blocked = { readonly block: number };

/**
 * y = Conv(x, w, bias), where isBlocked says so.
 *
 * @param x [N, I, H, W]
 * @param w [O, I / group, kh, kw]
 * @param bias [O]
 */
export function blockedConv(
  g: GraphBuilder,
  { x, w, bias, strides, pads, group, block }: ConvWindow & Blocked & { x: Value; w: Value; bias?: Value | undefined },
): Value {
  const packed = group === 1 ? packedWeights(g, w, block) : packedPlanes(g, w, block);
  return between(g, x, packed, bias, { strides, pads, group });
}

/**
 * ∂loss/∂x of y = Conv(x, w) with stride 1, where isBlocked says so.
 *
 * @param pads of the convolution of dy with the weights turned.
 */
export function blockedInputGradient(
  g: GraphBuilder,
  { w, dy, pads, group, block }: Pick<ConvWindow, "pads" | "group"> & Blocked & { w: Value; dy: Value },
): Value {
  const packed = group === 1 ? turnedWeights(g, w, block) : packedPlanes(g, w, block, true);
  return between(g, dy, packed, undefined, { strides: [1, 1], pads, group });
}

const REORDER = "com.microsoft.nchwc.ReorderInput";

function between(g: GraphBuilder, x: Value, w: Value, bias: Value | undefined, window: ConvWindow): Value {
  const inner = g.node("com.microsoft.nchwc.Conv", [g.node(REORDER, [x]), w, ...(bias ? [bias] : [])], {
    attributes: { kernel_shape: sizes(w).slice(2), ...window },
  });
  return g.node("com.microsoft.nchwc.ReorderOutput", [inner], { attributes: { channels: sizes(w)[0]! } });
}

/** [O, I, kh, kw] → [O/b, I/b, kh, kw, b of I, b of O]: blocks of O by the runtime's own reordering, which is fast. */
function packedWeights(g: GraphBuilder, w: Value, block: number): Value {
  const [O, I, kh, kw] = sizes(w) as [number, number, number, number];
  const inner = g.node(REORDER, [reshape(g, w, [1, O, I, kh * kw])]);
  const rows = reshape(g, inner, [(O / block) * (I / block), block, kh * kw, block]);
  return reshape(g, transpose(g, rows, [0, 2, 1, 3]), [O, I, kh, kw]);
}

/** [O, I, kh, kw] → what packedWeights makes of the weights turned by half, [I, O, kh, kw]. */
function turnedWeights(g: GraphBuilder, w: Value, block: number): Value {
  const [O, I, kh, kw] = sizes(w) as [number, number, number, number];
  const rows = reshape(g, g.node(REORDER, [w]), [O / block, block, I / block, kh * kw, block]);
  const blocks = reshape(g, transpose(g, rows, [2, 0, 3, 1, 4]), [(I / block) * (O / block), kh * kw, block * block]);
  return reshape(g, g.node("MatMul", [backwards(g, kh * kw), blocks]), [I, O, kh, kw]);
}

/** A filter a channel: [C, 1, kh, kw] → [C/b, kh, kw, b]. */
function packedPlanes(g: GraphBuilder, w: Value, block: number, turned = false): Value {
  const [C, , kh, kw] = sizes(w) as [number, number, number, number];
  const taps = turned ? g.node("MatMul", [reshape(g, w, [C, kh * kw]), backwards(g, kh * kw)]) : w;
  const planes = reshape(g, taps, [C / block, block, kh * kw]);
  return reshape(g, transpose(g, planes, [0, 2, 1]), [C, 1, kh, kw]);
}

/** A product with it turns an order: faster than a Slice with steps of −1. */
export function backwards(g: GraphBuilder, count: number): Value {
  const data = new Float32Array(count * count);
  for (let i = 0; i < count; i++) data[i * count + (count - 1 - i)] = 1;
  return g.literal([count, count], data);
}
