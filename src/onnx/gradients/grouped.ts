import type { GraphBuilder, Value } from "../builder.ts";
import { ints, reshape, sizes, sum, transpose } from "../vjp/words.ts";
import type { Sizes } from "./weight-forms.ts";

/** ∂w of a convolution in groups, depthwise ones among them. */
export function groupedWeightGradient(g: GraphBuilder, x: Value, dy: Value, window: Sizes, group: number): Value {
  const [N, I] = sizes(x) as [number, number];
  const O = sizes(dy)[1]!;
  const one = window.strides.every((stride) => stride === 1);
  return I === group && O === group && one && N > 1 ? depthwise(g, x, dy, window) : perTap(g, x, dy, window, group);
}

/** Depthwise, stride 1: a convolution of each plane of x with that of dy; then the sum over the batch. */
function depthwise(g: GraphBuilder, x: Value, dy: Value, { kernel, pads }: Sizes): Value {
  const [N, C, H, W] = sizes(x) as [number, number, number, number];
  const [oh, ow] = sizes(dy).slice(2) as [number, number];
  const planes = g.conv(reshape(g, x, [1, N * C, H, W]), reshape(g, dy, [N * C, 1, oh, ow]), {
    pads,
    group: N * C,
  });
  return reshape(g, sum(g, reshape(g, planes, [N, C * kernel[0] * kernel[1]]), [0], 0), [C, 1, ...kernel]);
}

/** A product a tap and group, over batch and image. */
function perTap(g: GraphBuilder, x: Value, dy: Value, { kernel, strides, pads }: Sizes, group: number): Value {
  const [N, I] = sizes(x) as [number, number];
  const [, O, oh, ow] = sizes(dy) as [number, number, number, number];
  const P = N * oh * ow;
  const first = (v: Value) => transpose(g, v, [1, 0, 2, 3]);
  const [top, left, bottom, right] = pads;
  const image = first(g.node("Pad", [x, ints(g, [0, 0, top, left, 0, 0, bottom, right])]));
  const rows = reshape(g, first(dy), [group, O / group, P]);
  const taps: Value[] = [];
  for (let a = 0; a < kernel[0]; a++) {
    for (let b = 0; b < kernel[1]; b++) {
      const end = [a + (oh - 1) * strides[0] + 1, b + (ow - 1) * strides[1] + 1];
      const steps = strides.every((s) => s === 1) ? [] : [ints(g, strides)];
      const part = g.node("Slice", [image, ints(g, [a, b]), ints(g, end), ints(g, [2, 3]), ...steps]);
      const product = g.node("com.microsoft.FusedMatMul", [rows, reshape(g, part, [group, I / group, P])], {
        attributes: { transB: 1 },
      });
      taps.push(reshape(g, product, [O, I / group, 1]));
    }
  }
  const all = taps.length === 1 ? taps[0]! : g.node("Concat", taps, { attributes: { axis: 2 } });
  return reshape(g, all, [O, I / group, ...kernel]);
}
