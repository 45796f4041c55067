import type { GraphBuilder, Value } from "../onnx/builder.ts";
import { sizeOf } from "../tensor/tensor.ts";
import { angleOf, withDerivative } from "./angle.ts";
import type { LossSpec } from "./loss.ts";
import { scalar, scaled } from "./scalar.ts";

export type Margin = Required<Pick<LossSpec, "marginList" | "gradient">>;

/**
 * What the margin adds to the cosine of the own class: cos(m1·θ + m2) − m3 − cos θ; `null` where it is nothing.
 *
 * - straight-through: its derivative is 0, as in insightface's losses.py.
 * - exact: m1·sin(m1·θ + m2)/sin θ − 1.
 *
 * m1·θ + m2 may pass π, as in both of insightface's codes: there the exact gradient turns round.
 *
 * @param cosine of the own class, of any shape of numbers.
 */
export function marginOf(g: GraphBuilder, cosine: Value, { marginList, gradient }: Margin): Value | null {
  const [m1, m2, m3] = marginList;
  if (m1 === 1 && m2 === 0) return m3 === 0 ? null : everywhere(g, cosine.shape as readonly number[], -m3);
  const { theta, perSine } = angleOf(g, cosine);
  const turned = g.add(scaled(g, theta, m1), scalar(g, m2));
  const target = g.node("Sub", [g.node("Cos", [turned]), scalar(g, m3)]);
  const added = g.node("Sub", [target, cosine]);
  if (gradient === "straight-through") return g.stopGradient(added);
  const slope = scaled(g, g.node("Mul", [g.node("Sin", [turned]), perSine]), m1);
  return withDerivative(g, added, g.node("Sub", [slope, scalar(g, 1)]), cosine);
}

const everywhere = (g: GraphBuilder, shape: readonly number[], value: number): Value =>
  g.literal(shape, new Float32Array(sizeOf(shape)).fill(value));
