import type { GraphBuilder, Value } from "../builder.ts";
import { ints, reshape, sizes, sum, transpose } from "../vjp/words.ts";

/** Sizes of a convolution without groups, as its weight gradient's forms see them. */
export type Sizes = {
  readonly kernel: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly pads: readonly [top: number, left: number, bottom: number, right: number];
};

/** [N, O, h, w] and [N, I, h, w] of one tap → [O, I]: a product an image, summed over the batch. */
function perImage(g: GraphBuilder, dy: Value, x: Value): Value {
  const rows = (v: Value) => {
    const [N, C, h, w] = sizes(v) as [number, number, number, number];
    return reshape(g, v, [N, C, h * w]);
  };
  const product = g.node("com.microsoft.FusedMatMul", [rows(dy), rows(x)], { attributes: { transB: 1 } });
  return sum(g, product, [0], 0);
}

/** 1×1, stride 1. */
export function pointwise(g: GraphBuilder, x: Value, dy: Value): Value {
  return reshape(g, perImage(g, dy, x), [sizes(dy)[1]!, sizes(x)[1]!, 1, 1]);
}

/** Taps [O, I] in the order of the kernel → [O, I, kh, kw]. */
function gather(g: GraphBuilder, taps: readonly Value[], [kh, kw]: Sizes["kernel"]): Value {
  const [O, I] = sizes(taps[0]!) as [number, number];
  const columns = taps.map((tap) => reshape(g, tap, [O, I, 1]));
  return reshape(g, g.node("Concat", columns, { attributes: { axis: 2 } }), [O, I, kh, kw]);
}

/**
 * Stride 1, output as large as the input: x moved by columns, dy by rows, so that kh + kw − 2 copies serve kh·kw
 * products, and no transposition.
 */
export function movedRows(g: GraphBuilder, x: Value, dy: Value, { kernel, pads }: Sizes): Value {
  const [kh, kw] = kernel;
  const columns = Array.from({ length: kw }, (_, b) => moved(g, x, 3, b - pads[1]));
  const rows = Array.from({ length: kh }, (_, a) => moved(g, dy, 2, pads[0] - a));
  const taps = rows.flatMap((row) => columns.map((column) => perImage(g, row, column)));
  return gather(g, taps, kernel);
}

/** The same with the moved columns side by side: one product a row of the kernel. */
export function stackedColumns(g: GraphBuilder, x: Value, dy: Value, { kernel, pads }: Sizes): Value {
  const [kh, kw] = kernel;
  const [O, I] = [sizes(dy)[1]!, sizes(x)[1]!];
  const columns = Array.from({ length: kw }, (_, b) => moved(g, x, 3, b - pads[1]));
  const stacked = g.node("Concat", columns, { attributes: { axis: 1 } });
  const rows = Array.from({ length: kh }, (_, a) => {
    return reshape(g, perImage(g, moved(g, dy, 2, pads[0] - a), stacked), [O, 1, kw, I]);
  });
  return transpose(g, g.node("Concat", rows, { attributes: { axis: 1 } }), [0, 3, 1, 2]);
}

/** x[…, i + by, …] along an axis, 0 where there is none. A pad below 0 takes away: one copy, where Slice and Pad are two. */
export function moved(g: GraphBuilder, x: Value, axis: number, by: number): Value {
  if (by === 0) return x;
  const pads = [0, 0, 0, 0, 0, 0, 0, 0];
  pads[axis] = -by;
  pads[axis + 4] = by;
  return g.node("Pad", [x, ints(g, pads)]);
}

/** Channels first, all taps side by side: one product, over batch and image. */
export function columnsOfAll(g: GraphBuilder, x: Value, dy: Value, window: Sizes): Value {
  const [O, I] = [sizes(dy)[1]!, sizes(x)[1]!];
  const P = overImages(dy);
  const all = g.node("Concat", tapsOf(g, x, dy, window), {
    attributes: { axis: 0 },
  });
  const [kh, kw] = window.kernel;
  const rows = reshape(g, channelsFirst(g, dy), [O, P]);
  const product = g.gemm(rows, reshape(g, all, [kh * kw * I, P]), null);
  return reshape(g, transpose(g, reshape(g, product, [O, kh * kw, I]), [0, 2, 1]), [O, I, kh, kw]);
}

/** Channels first, a product a tap. */
export function productPerTap(g: GraphBuilder, x: Value, dy: Value, window: Sizes): Value {
  const [O, I] = [sizes(dy)[1]!, sizes(x)[1]!];
  const P = overImages(dy);
  const rows = reshape(g, channelsFirst(g, dy), [O, P]);
  const taps = tapsOf(g, x, dy, window);
  return gather(
    g,
    taps.map((tap) => g.gemm(rows, reshape(g, tap, [I, P]), null)),
    window.kernel,
  );
}

/** What each tap sees of x, channels first: [I, N, h, w], in the order of the kernel. */
export function tapsOf(g: GraphBuilder, image: Value, dy: Value, window: Sizes): Value[] {
  const { kernel, strides } = window;
  const x = padded(g, image, window);
  const [h, w] = sizes(dy).slice(2) as [number, number];
  const places = Array.from({ length: kernel[0] * kernel[1] }, (_, i) => [Math.floor(i / kernel[1]), i % kernel[1]]);
  const [sh, sw] = strides;
  if (sh === 1 && sw === 1) {
    const first = channelsFirst(g, x);
    return places.map(([a, b]) => slice(g, first, [2, 3], [a!, b!], [a! + h, b! + w]));
  }
  if (sh !== sw) {
    const first = channelsFirst(g, x);
    return places.map(([a, b]) =>
      slice(g, first, [2, 3], [a!, b!], [a! + (h - 1) * sh + 1, b! + (w - 1) * sw + 1], strides),
    );
  }
  // Slices with steps are slow: pixels of one phase become neighbours first.
  const I = sizes(x)[1]!;
  const first = channelsFirst(g, g.node("SpaceToDepth", [multipleOf(g, x, sh)], { attributes: { blocksize: sh } }));
  return places.map(([a, b]) => {
    const phase = (a! % sh) * sh + (b! % sh);
    const [top, left] = [Math.floor(a! / sh), Math.floor(b! / sh)];
    return slice(g, first, [0, 2, 3], [phase * I, top, left], [(phase + 1) * I, top + h, left + w]);
  });
}

/** Zeros at the far ends, up to the next multiple. */
function multipleOf(g: GraphBuilder, x: Value, of: number): Value {
  const [, , H, W] = sizes(x) as [number, number, number, number];
  const [down, right] = [H, W].map((size) => (of - (size % of)) % of);
  return down || right ? g.node("Pad", [x, ints(g, [0, 0, 0, 0, 0, 0, down!, right!])]) : x;
}

const overImages = (dy: Value): number => {
  const [N, , h, w] = sizes(dy) as [number, number, number, number];
  return N * h * w;
};

export const channelsFirst = (g: GraphBuilder, x: Value): Value => transpose(g, x, [1, 0, 2, 3]);

function padded(g: GraphBuilder, x: Value, { pads: [top, left, bottom, right] }: Sizes): Value {
  const none = top === 0 && left === 0 && bottom === 0 && right === 0;
  return none ? x : g.node("Pad", [x, ints(g, [0, 0, top, left, 0, 0, bottom, right])]);
}

function slice(
  g: GraphBuilder,
  x: Value,
  axes: readonly number[],
  from: readonly number[],
  to: readonly number[],
  steps?: readonly number[],
): Value {
  return g.node("Slice", [x, ints(g, from), ints(g, to), ints(g, axes), ...(steps ? [ints(g, steps)] : [])]);
}
