import type { GraphBuilder, Value } from "../onnx/builder.ts";

export const scalar = (g: GraphBuilder, name: string, value: number): Value =>
  g.constant(name, [], Float32Array.of(value));

/** x · factor */
export const scaled = (g: GraphBuilder, name: string, x: Value, factor: number): Value =>
  factor === 1 ? x : g.node("Mul", [x, scalar(g, name, factor)]);
