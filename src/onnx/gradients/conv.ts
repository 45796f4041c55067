import { expected } from "../../errors.ts";
import type { GraphBuilder, Value } from "../builder.ts";

/** A convolution's window; pads are [top, left, bottom, right]. */
export type ConvWindow = {
  readonly strides: readonly number[];
  readonly pads: readonly number[];
  readonly group: number;
};

/**
 * ∂loss/∂x of y = Conv(x, w).
 *
 * @param w [O, I / group, kh, kw]
 * @param dy [N, O, oh, ow]
 * @param inputShape of x, [N, I, H, W].
 */
export function convInputGradient(
  g: GraphBuilder,
  { w, dy, inputShape, strides, pads, group }: ConvWindow & { w: Value; dy: Value; inputShape: readonly number[] },
): Value {
  const [kh, kw] = numbers(w).slice(2) as [number, number];
  const [H, W] = inputShape.slice(2) as [number, number];
  const [oh, ow] = numbers(dy).slice(2) as [number, number];
  if (strides.every((stride) => stride === 1)) {
    const [top, left, bottom, right] = pads as [number, number, number, number];
    const back = [kh - 1 - top, kw - 1 - left, kh - 1 - bottom, kw - 1 - right];
    if (back.every((pad) => pad >= 0)) return g.conv(dy, turned(g, w, group), { pads: back, group });
  }
  // What no window reached at the far end is added by the output's padding.
  const rest = [H, W].map((size, i) => {
    const reach = ([oh, ow][i]! - 1) * strides[i]! + [kh, kw][i]! - pads[i]! - pads[i + 2]!;
    return size - reach;
  });
  return g.node("ConvTranspose", [dy, w], {
    attributes: { kernel_shape: [kh, kw], strides, pads, group, output_padding: rest },
  });
}

/** w [O, I/G, kh, kw] → [I, O/G, kh, kw], turned by half. */
function turned(g: GraphBuilder, w: Value, group: number): Value {
  const [O, I, kh, kw] = numbers(w) as [number, number, number, number];
  const flipped = kh * kw === 1 ? w : flip(g, w, kh * kw);
  if (group > 1 && I === 1 && O === group) return flipped;
  const grouped = shape(g, flipped, [group, O / group, I, kh * kw]);
  const swapped = g.node("Transpose", [grouped], { attributes: { perm: [0, 2, 1, 3] } });
  return shape(g, swapped, [group * I, O / group, kh, kw]);
}

/** A product with an anti-diagonal matrix: faster than a Slice with steps of −1. */
function flip(g: GraphBuilder, w: Value, taps: number): Value {
  const data = new Float32Array(taps * taps);
  for (let i = 0; i < taps; i++) data[i * taps + (taps - 1 - i)] = 1;
  const [O, I, kh, kw] = numbers(w) as [number, number, number, number];
  const rows = shape(g, w, [O * I, taps]);
  return shape(g, g.node("MatMul", [rows, g.literal([taps, taps], data)]), [O, I, kh, kw]);
}

/**
 * ∂loss/∂w of y = Conv(x, w).
 *
 * @param x [N, I, H, W]
 * @param dy [N, O, oh, ow]
 * @param kernel [kh, kw]
 * @returns [O, I / group, kh, kw]
 */
export function convWeightGradient(
  g: GraphBuilder,
  { x, dy, kernel, strides, pads, group }: ConvWindow & { x: Value; dy: Value; kernel: readonly number[] },
): Value {
  const [N, I, H, W] = numbers(x) as [number, number, number, number];
  const [, O, oh, ow] = numbers(dy) as [number, number, number, number];
  const [kh, kw] = kernel as [number, number];
  if (I % group !== 0 || O % group !== 0) throw expected("conv", `channels in ${group} groups`, `${I} and ${O}`);
  const P = N * oh * ow;
  if (kh * kw === 1 && group === 1 && strides.every((s) => s === 1) && pads.every((p) => p === 0)) {
    const product = g.node("com.microsoft.FusedMatMul", [shape(g, dy, [N, O, H * W]), shape(g, x, [N, I, H * W])], {
      attributes: { transB: 1 },
    });
    return shape(g, sum(g, product, 0), [O, I, 1, 1]);
  }
  const padded = pads.every((p) => p === 0) ? x : pad(g, x, pads);
  // Depthwise: [N, C, …] stays as it is. Else channels first: a window's place is one product over batch and image.
  const first = (v: Value) => g.node("Transpose", [v], { attributes: { perm: [1, 0, 2, 3] } });
  const image = first(padded);
  const rows = shape(g, first(dy), [group, O / group, P]);
  const taps: Value[] = [];
  for (let a = 0; a < kh; a++) {
    for (let b = 0; b < kw; b++) {
      const part = slice(g, image, [a, b], [a + (oh - 1) * strides[0]! + 1, b + (ow - 1) * strides[1]! + 1], strides);
      const columns = shape(g, part, [group, I / group, P]);
      const product =
        group === 1
          ? g.gemm(shape(g, rows, [O, P]), shape(g, columns, [I, P]), null)
          : g.node("com.microsoft.FusedMatMul", [rows, columns], { attributes: { transB: 1 } });
      taps.push(shape(g, product, [O, I / group, 1]));
    }
  }
  const all = taps.length === 1 ? taps[0]! : g.node("Concat", taps, { attributes: { axis: 2 } });
  return shape(g, all, [O, I / group, kh, kw]);
}

const numbers = ({ shape }: Value): number[] => shape as number[];

function shape(g: GraphBuilder, x: Value, dims: readonly number[]): Value {
  return g.node("Reshape", [x, g.literal([dims.length], dims)]);
}

function sum(g: GraphBuilder, x: Value, axis: number): Value {
  return g.node("ReduceSum", [x, g.literal([1], [axis])], { attributes: { keepdims: 0 } });
}

function pad(g: GraphBuilder, x: Value, [top, left, bottom, right]: readonly number[]): Value {
  return g.node("Pad", [x, g.literal([8], [0, 0, top!, left!, 0, 0, bottom!, right!])]);
}

function slice(
  g: GraphBuilder,
  x: Value,
  from: readonly number[],
  to: readonly number[],
  steps: readonly number[],
): Value {
  const list = (values: readonly number[]) => g.literal([2], values);
  return g.node("Slice", [x, list(from), list(to), list([2, 3]), list(steps)]);
}
