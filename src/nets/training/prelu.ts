import type { GraphBuilder, Value } from "../../onnx/builder.ts";
import { apply, mul, neg, num, sub } from "../../onnx/vjp/words.ts";
import { affine, channelDot, channelSum } from "./passes.ts";

/** u = scale·x + shift, a channel at a time. */
type Input = { readonly x: Value; readonly scale: Value; readonly shift: Value };

/**
 * PReLU of an affine map in two passes: with σ = ±1 as the slope s is below or above 1,
 * σ·prelu(u) = σ·s·u + relu(|1 − s|·u).
 *
 * @param slope [C]
 * @returns σ·prelu(u), and σ, [C].
 */
export function prelu(g: GraphBuilder, { x, scale, shift }: Input, slope: Value): { signed: Value; sign: Value } {
  const rest = sub(g, num(g, 1), slope);
  const size = apply(g, "Abs", rest);
  const sign = g.node("Where", [apply(g, "Less", rest, num(g, 0)), num(g, -1), num(g, 1)]);
  const positive = affine(g, x, { scale: mul(g, size, scale), shift: mul(g, size, shift), relu: true });
  const own = mul(g, sign, slope);
  return { signed: affine(g, x, { scale: mul(g, own, scale), shift: mul(g, own, shift), z: positive }), sign };
}

/**
 * The way back, at 0 by the slope, as torch's: with n = dy where u ≤ 0, else 0, ∂u = dy − (1 − s)·n and ∂s = ⟨n, u⟩.
 *
 * @returns ∂loss/∂u of u's shape, and ∂loss/∂slope, [C].
 */
export function preluBack(
  g: GraphBuilder,
  { x, scale, shift }: Input,
  slope: Value,
  dy: Value,
): { du: Value; dSlope: Value } {
  const below = affine(g, x, { scale: neg(g, scale), shift: neg(g, shift), step: true });
  const n = mul(g, below, dy);
  const du = affine(g, n, { scale: sub(g, slope, num(g, 1)), z: dy });
  return { du, dSlope: g.add(mul(g, scale, channelDot(g, n, x)), mul(g, shift, channelSum(g, n))) };
}
