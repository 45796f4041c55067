import type { GraphBuilder, Value } from "../builder.ts";
import { ints, reshape, sizes, sum, transpose } from "../vjp/words.ts";
import { channelsFirst, moved, type Sizes, tapsOf } from "./weight-forms.ts";

/** Depthwise, stride 1: from so many pixels on, a product a plane costs less than bringing the channels to the front. */
const LARGE_PLANE = 400;
/** Groups of so few channels are too narrow for a product a tap. */
const NARROW = 4;

/** ∂w of a convolution in groups, depthwise ones among them. */
export function groupedWeightGradient(g: GraphBuilder, x: Value, dy: Value, window: Sizes, group: number): Value {
  const [, I, H, W] = sizes(x) as [number, number, number, number];
  const [, O, oh, ow] = sizes(dy) as [number, number, number, number];
  const depthwise = I === group && O === group;
  const same = window.strides.every((stride) => stride === 1) && H === oh && W === ow;
  if (depthwise && (oh * ow === 1 || window.strides.some((stride) => stride > 1))) return planeConvs(g, x, dy, window);
  if (depthwise && same && H * W >= LARGE_PLANE) return planeProducts(g, x, dy, window);
  const narrow = I > group && I <= NARROW * group;
  return (same && narrow ? stackedTaps : perTap)(g, x, dy, window, group);
}

/** Depthwise: a convolution of each plane of x with that of dy, as far apart as the strides; then the sum over the batch. */
export function planeConvs(g: GraphBuilder, x: Value, dy: Value, { kernel, strides, pads }: Sizes): Value {
  const [N, C, H, W] = sizes(x) as [number, number, number, number];
  const [oh, ow] = sizes(dy).slice(2) as [number, number];
  const all = g.node("Conv", [reshape(g, x, [1, N * C, H, W]), reshape(g, dy, [N * C, 1, oh, ow])], {
    attributes: { kernel_shape: [oh, ow], pads, group: N * C, dilations: strides },
  });
  // What no window reached at the far end makes more taps than there are.
  const exact = kernel.every((size, i) => size === sizes(all)[2 + i]);
  const planes = exact ? all : g.node("Slice", [all, ints(g, [0, 0]), ints(g, kernel), ints(g, [2, 3])]);
  return reshape(g, sum(g, reshape(g, planes, [N, C * kernel[0] * kernel[1]]), [0], 0), [C, 1, ...kernel]);
}

/** Depthwise, stride 1, output as large as the input: x moved by columns, dy by rows, a dot product a tap and plane. */
export function planeProducts(g: GraphBuilder, x: Value, dy: Value, { kernel, pads }: Sizes): Value {
  const [N, C, H, W] = sizes(x) as [number, number, number, number];
  const rows = (v: Value) => reshape(g, v, [N * C, 1, H * W]);
  const columns = Array.from({ length: kernel[1] }, (_, b) => rows(moved(g, x, 3, b - pads[1])));
  const taps = Array.from({ length: kernel[0] }, (_, a) => rows(moved(g, dy, 2, pads[0] - a))).flatMap((row) =>
    columns.map((column) => reshape(g, product(g, row, column), [N, C, 1])),
  );
  const all = taps.length === 1 ? taps[0]! : g.node("Concat", taps, { attributes: { axis: 2 } });
  return reshape(g, sum(g, all, [0], 0), [C, 1, ...kernel]);
}

/** Stride 1, output as large as the input: moved columns of x and rows of dy side by side, one product a group and image. */
export function stackedTaps(
  g: GraphBuilder,
  x: Value,
  dy: Value,
  { kernel: [kh, kw], pads }: Sizes,
  group: number,
): Value {
  const [N, I, H, W] = sizes(x) as [number, number, number, number];
  const [i, o] = [I / group, sizes(dy)[1]! / group];
  const stack = (count: number, channels: number, move: (tap: number) => Value) => {
    const parts = Array.from({ length: count }, (_, tap) => reshape(g, move(tap), [N * group, channels, H * W]));
    return parts.length === 1 ? parts[0]! : g.node("Concat", parts, { attributes: { axis: 1 } });
  };
  const columns = stack(kw, i, (b) => moved(g, x, 3, b - pads[1]));
  const rows = stack(kh, o, (a) => moved(g, dy, 2, pads[0] - a));
  const all = sum(g, reshape(g, product(g, rows, columns), [N, group * kh * o * kw * i]), [0], 0);
  const taps = transpose(g, reshape(g, all, [group, kh, o, kw, i]), [0, 2, 4, 1, 3]);
  return reshape(g, taps, [group * o, i, kh, kw]);
}

/** Channels first, a product a tap and group, over batch and image. */
export function perTap(g: GraphBuilder, x: Value, dy: Value, window: Sizes, group: number): Value {
  const I = sizes(x)[1]!;
  const [N, O, oh, ow] = sizes(dy) as [number, number, number, number];
  const grouped = (v: Value, channels: number) => reshape(g, v, [group, channels / group, N * oh * ow]);
  const rows = grouped(channelsFirst(g, dy), O);
  const taps = tapsOf(g, x, dy, window).map((tap) => reshape(g, product(g, rows, grouped(tap, I)), [O, I / group, 1]));
  const all = taps.length === 1 ? taps[0]! : g.node("Concat", taps, { attributes: { axis: 2 } });
  return reshape(g, all, [O, I / group, ...window.kernel]);
}

/** a · bᵀ, matrix by matrix. */
function product(g: GraphBuilder, a: Value, b: Value): Value {
  return g.node("com.microsoft.FusedMatMul", [a, b], { attributes: { transB: 1 } });
}
