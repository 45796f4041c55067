import type { GraphBuilder, Value } from "../builder.ts";
import { apply, mul, num, scale, square, sub, where } from "./words.ts";

/** ∂loss/∂x of y = activation(x), out of y alone. */
export type Activation = (g: GraphBuilder, dy: Value, y: Value, parameters: readonly number[]) => Value;

const between = (g: GraphBuilder, y: Value, least: number, most: number): Value =>
  apply(g, "And", apply(g, "Greater", y, num(g, least)), apply(g, "Less", y, num(g, most)));

/** By the names that a fused convolution has for them. */
export const activations: Readonly<Record<string, Activation>> = {
  "": (_, dy) => dy,
  Relu: (g, dy, y) => where(g, apply(g, "Greater", y, num(g, 0)), dy),
  Sigmoid: (g, dy, y) => mul(g, dy, mul(g, y, sub(g, num(g, 1), y))),
  Tanh: (g, dy, y) => mul(g, dy, sub(g, num(g, 1), square(g, y))),
  LeakyRelu: (g, dy, y, [slope = 0.01]) =>
    g.node("Where", [apply(g, "Greater", y, num(g, 0)), dy, scale(g, dy, slope)]),
  Clip: (g, dy, y, [least = -Infinity, most = Infinity]) => where(g, between(g, y, least, most), dy),
  HardSigmoid: (g, dy, y, [alpha = 0.2]) => where(g, between(g, y, 0, 1), scale(g, dy, alpha)),
};
