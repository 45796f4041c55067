import type { GraphBuilder, Value } from "../../onnx/builder.ts";
import { apply, div, mul, num, sub } from "../../onnx/vjp/words.ts";
import { affine, channelDot, channelSum } from "./passes.ts";

/** u = scale·x + shift, a channel at a time. */
type Input = { readonly x: Value; readonly scale: Value; readonly shift: Value };

/** Slopes nearer to 1 than this count as so far away where their own gradient is taken. */
const NEAREST = 1e-3;

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
 * The way back, at 0 by the slope, as torch's. The slope's gradient Σ u·dy over u ≤ 0 is (⟨dy, u⟩ − ⟨du, u⟩)/(1 − s):
 * two sums in place of a pass.
 *
 * @returns ∂loss/∂u of u's shape, and ∂loss/∂slope, [C].
 */
export function preluBack(
  g: GraphBuilder,
  { x, scale, shift }: Input,
  slope: Value,
  dy: Value,
): { du: Value; dSlope: Value } {
  const rest = sub(g, num(g, 1), slope);
  const above = affine(g, x, { scale, shift, step: true });
  const du = mul(g, affine(g, above, { scale: rest, shift: slope }), dy);
  const dot = (d: Value) => g.add(mul(g, scale, channelDot(g, d, x)), mul(g, shift, channelSum(g, d)));
  const far = apply(g, "Max", apply(g, "Abs", rest), num(g, NEAREST));
  const signed = g.node("Where", [apply(g, "Less", rest, num(g, 0)), g.node("Neg", [far]), far]);
  return { du, dSlope: div(g, sub(g, dot(dy), dot(du)), signed) };
}
