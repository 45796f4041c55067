import type { GraphBuilder, Value } from "../onnx/builder.ts";

export const scalar = (g: GraphBuilder, value: number): Value => g.literal([], Float32Array.of(value));

/** x · factor */
export const scaled = (g: GraphBuilder, x: Value, factor: number): Value =>
  factor === 1 ? x : g.node("Mul", [x, scalar(g, factor)]);
