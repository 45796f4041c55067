import type { GraphBuilder, Value } from "../onnx/builder.ts";
import { scalar } from "./scalar.ts";

/**
 * A derivative by the cosine has sin θ below the line. Nearer than this to 0 or π (0.06°) the sine is taken to be this
 * much: float32 does not tell cosines of smaller angles apart, and gradients stay finite.
 */
const LEAST_SINE = 1e-3;

/** θ = arccos(cosine) in [0, π], cosines beyond ±1 clamped; and 1 / sin θ, at most 1000. Constants on the way back. */
export function angleOf(g: GraphBuilder, cosine: Value): { readonly theta: Value; readonly perSine: Value } {
  const [least, most] = [scalar(g, -1), scalar(g, 1)];
  const theta = g.node("Acos", [g.node("Clip", [g.stopGradient(cosine), least, most])]);
  const sine = g.node("Max", [g.node("Sin", [theta]), scalar(g, LEAST_SINE)]);
  return { theta, perSine: g.node("Reciprocal", [sine]) };
}

/** θ as above, and on the way back ∂θ/∂cosine = −1/sin θ. */
export function differentiableAngle(g: GraphBuilder, cosine: Value): Value {
  const { theta, perSine } = angleOf(g, cosine);
  return withDerivative(g, theta, g.node("Neg", [perSine]), cosine);
}

/** `value`, whose derivative by x is `derivative`, whatever it was computed by. All of one shape. */
export function withDerivative(g: GraphBuilder, value: Value, derivative: Value, x: Value): Value {
  // value + derivative · (x − x), where only the first x is not a constant
  const nothing = g.node("Sub", [x, g.stopGradient(x)]);
  return g.node("Add", [g.stopGradient(value), g.node("Mul", [g.stopGradient(derivative), nothing])]);
}
