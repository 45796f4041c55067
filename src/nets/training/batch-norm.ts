import type { GraphBuilder, Value } from "../../onnx/builder.ts";
import { apply, mul, num, sizes, sub, scale as times } from "../../onnx/vjp/words.ts";
import type { Part } from "./activation.ts";
import { affine, channelDot, channelSum } from "./passes.ts";

/** A batch's own normalisation: y = scale·x + shift. All [C]. */
export type Normalised = {
  readonly mean: Value;
  /** Biased: over the count, not one less. */
  readonly variance: Value;
  /** 1/√(variance + ε) */
  readonly inverse: Value;
  readonly scale: Value;
  readonly shift: Value;
  /** Values a channel. */
  readonly count: number;
};

/** @param gamma, beta [C]; gamma absent: 1. */
export function normalise(
  g: GraphBuilder,
  x: Value,
  { gamma, beta, epsilon }: { gamma: Value | null; beta: Value; epsilon: number },
): Normalised {
  const [N, , ...size] = sizes(x) as [number, number, ...number[]];
  const count = size.reduce((a, b) => a * b, N);
  const mean = times(g, channelSum(g, x), 1 / count);
  const square = times(g, channelDot(g, x, x), 1 / count);
  const variance = apply(g, "Relu", sub(g, square, mul(g, mean, mean)));
  const inverse = apply(g, "Reciprocal", apply(g, "Sqrt", g.add(variance, num(g, epsilon))));
  const scale = gamma ? mul(g, gamma, inverse) : inverse;
  const shift = sub(g, beta, mul(g, scale, mean));
  return { mean, variance, inverse, scale, shift, count };
}

/** What the running statistics become, as torch has it: the variance of a sample. */
export function running(
  g: GraphBuilder,
  { mean, variance, count }: Normalised,
  [oldMean, oldVariance]: readonly [Value, Value],
  momentum: number,
): readonly [mean: Value, variance: Value] {
  const blend = (old: Value, now: Value, factor: number) =>
    g.add(times(g, old, 1 - momentum), times(g, now, momentum * factor));
  return [blend(oldMean, mean, 1), blend(oldVariance, variance, count / Math.max(count - 1, 1))];
}

/**
 * The way back: ∂x = scale·(dy + b·x + c), where b and c hold what the mean and the deviation have to do with x.
 *
 * @param dy of x's shape.
 */
export function normaliseBack(
  g: GraphBuilder,
  x: Value,
  { mean, inverse, scale, count }: Normalised,
  dy: Value,
): { readonly dx: Part; readonly dGamma: Value; readonly dBeta: Value } {
  const dBeta = channelSum(g, dy);
  const dGamma = mul(g, inverse, sub(g, channelDot(g, dy, x), mul(g, mean, dBeta)));
  const b = times(g, mul(g, inverse, dGamma), -1 / count);
  const c = sub(g, times(g, dBeta, -1 / count), mul(g, b, mean));
  return { dx: { value: affine(g, x, { scale: b, shift: c, z: dy }), scale }, dGamma, dBeta };
}
