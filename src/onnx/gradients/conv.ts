import { expected } from "../../errors.ts";
import type { GraphBuilder, Value } from "../builder.ts";
import { ints, reshape as shape, sizes } from "../vjp/words.ts";
import { backwards, blockedConv, blockedInputGradient, isBlocked } from "./blocked.ts";
import { groupedWeightGradient } from "./grouped.ts";
import { columnsOfAll, movedRows, pointwise, productPerTap, type Sizes, stackedColumns } from "./weight-forms.ts";
import type { ConvWindow, Runtime } from "./window.ts";
import { isWinograd, winogradConv, winogradWeightGradient } from "./winograd.ts";

/**
 * y = Conv(x, w, bias), in the form that was fastest for its sizes where weights are no constants:
 * docs/decisions/training-graphs.md.
 *
 * @param x [N, I, H, W]
 * @param w [O, I / group, kh, kw]
 * @param bias [O]
 */
export function convolution(
  g: GraphBuilder,
  {
    x,
    w,
    bias,
    strides,
    pads,
    group,
    block = null,
  }: ConvWindow & Pick<Runtime, "block"> & { x: Value; w: Value; bias?: Value | undefined },
): Value {
  const window = { strides, pads, group };
  if (isWinograd(sizes(w), window)) return winogradConv(g, { x, w, bias, block });
  if (block && isBlocked(block, sizes(w), window)) return blockedConv(g, { x, w, bias, ...window, block });
  const attributes = { kernel_shape: sizes(w).slice(2), ...window };
  return g.node("Conv", [x, w, ...(bias ? [bias] : [])], { attributes });
}

/**
 * ∂loss/∂x of y = Conv(x, w).
 *
 * @param w [O, I / group, kh, kw]
 * @param dy [N, O, oh, ow]
 * @param inputShape of x, [N, I, H, W].
 */
export function convInputGradient(
  g: GraphBuilder,
  {
    w,
    dy,
    inputShape,
    strides,
    pads,
    group,
    block = null,
    layouts,
  }: ConvWindow & Runtime & { w: Value; dy: Value; inputShape: readonly number[] },
): Value {
  const [kh, kw] = sizes(w).slice(2) as [number, number];
  const [H, W] = inputShape.slice(2) as [number, number];
  const [oh, ow] = sizes(dy).slice(2) as [number, number];
  if (oh * ow === 1 && kh === H && kw === W && group === inputShape[1] && group === sizes(w)[0]) {
    // Each filter met its whole plane, once: a convolution the other way would mostly meet padding.
    return g.node("Mul", [dy, shape(g, w, [1, group, kh, kw])]);
  }
  if (isWinograd(sizes(w), { strides, pads, group }))
    return winogradConv(g, { x: dy, w, turned: true, block, layouts });
  if (strides.every((stride) => stride === 1)) {
    const [top, left, bottom, right] = pads as [number, number, number, number];
    const back = [kh - 1 - top, kw - 1 - left, kh - 1 - bottom, kw - 1 - right];
    if (back.every((pad) => pad >= 0)) {
      if (block && isBlocked(block, sizes(w), { group, strides })) {
        return blockedInputGradient(g, { w, dy, pads: back, group, block });
      }
      return g.conv(dy, turned(g, w, group), { pads: back, group });
    }
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
  const [O, I, kh, kw] = sizes(w) as [number, number, number, number];
  const flipped = kh * kw === 1 ? w : flip(g, w, kh * kw);
  if (group > 1 && I === 1 && O === group) return flipped;
  const grouped = shape(g, flipped, [group, O / group, I, kh * kw]);
  const swapped = g.node("Transpose", [grouped], { attributes: { perm: [0, 2, 1, 3] } });
  return shape(g, swapped, [group * I, O / group, kh, kw]);
}

function flip(g: GraphBuilder, w: Value, taps: number): Value {
  const [O, I, kh, kw] = sizes(w) as [number, number, number, number];
  return shape(g, g.node("MatMul", [shape(g, w, [O * I, taps]), backwards(g, taps)]), [O, I, kh, kw]);
}

/** Planes of at least so many pixels are multiplied image by image; smaller ones over the whole batch. */
const LARGE_PLANE = 1024;
const MIDDLE_PLANE = 400;
/** Winograd's method makes three transformations here where the others make two. */
const WIDE = 80;
/** Inputs of fewer channels make products too narrow for one a tap. */
const NARROW = 16;

/**
 * ∂loss/∂w of y = Conv(x, w), in the form that was fastest for its sizes: docs/decisions/training-graphs.md.
 *
 * @param x [N, I, H, W]
 * @param dy [N, O, oh, ow]
 * @param kernel [kh, kw]
 * @returns [O, I / group, kh, kw]
 */
export function convWeightGradient(
  g: GraphBuilder,
  {
    x,
    dy,
    kernel,
    strides,
    pads,
    group,
    block = null,
    layouts,
  }: ConvWindow & Runtime & { x: Value; dy: Value; kernel: readonly number[] },
): Value {
  const [, I, H, W] = sizes(x) as [number, number, number, number];
  const [, O, oh, ow] = sizes(dy) as [number, number, number, number];
  if (I % group !== 0 || O % group !== 0) throw expected("conv", `channels in ${group} groups`, `${I} and ${O}`);
  if (isWinograd([O, I, ...kernel], { strides, pads, group }, WIDE))
    return winogradWeightGradient(g, { x, dy, block, layouts });
  const window = { kernel, strides, pads } as unknown as Sizes;
  if (group > 1) return groupedWeightGradient(g, x, dy, window, group);
  const one = strides.every((stride) => stride === 1);
  const bare = pads.every((pad) => pad === 0);
  if (kernel.every((size) => size === 1) && bare) return pointwise(g, one ? x : every(g, x, strides), dy);
  if (one && H === oh && W === ow && I >= NARROW && oh * ow >= MIDDLE_PLANE) {
    return (oh * ow >= LARGE_PLANE ? movedRows : stackedColumns)(g, x, dy, window);
  }
  const wide = oh * ow >= 100 && I >= NARROW;
  return (wide ? productPerTap : columnsOfAll)(g, x, dy, window);
}

/** Every so many pixels. */
function every(g: GraphBuilder, x: Value, strides: readonly number[]): Value {
  const [H, W] = sizes(x).slice(2) as [number, number];
  return g.node("Slice", [x, ints(g, [0, 0]), ints(g, [H, W]), ints(g, [2, 3]), ints(g, strides)]);
}
