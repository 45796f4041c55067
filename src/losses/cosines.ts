import type { GraphBuilder, Value } from "../onnx/builder.ts";
import { scalar } from "./scalar.ts";

/** Lengths below 1e-12 count as that, as in torch's normalize: rows of zeros stay zeros. */
const LEAST_SQUARE = 1e-24;

/** Rows over their lengths. @param x [N, D] */
export function unitRows(g: GraphBuilder, x: Value): Value {
  return g.node("Mul", [x, perLength(g.scope("unit"), x, true)]);
}

/**
 * scale · cosines between rows: [N, D] and [R, D] → [N, R].
 *
 * @param unit of length 1.
 */
export function scaledCosines(g: GraphBuilder, unit: Value, w: Value, scale: Value): Value {
  // The products are divided, not the weights: N·R numbers, not R·D.
  return g.node("Mul", [g.gemm(unit, w, null), g.node("Mul", [perLength(g.scope("centres"), w, false), scale])]);
}

/** 1 / ‖row‖ as [N, 1], or [N]. */
function perLength(g: GraphBuilder, x: Value, keepdims: boolean): Value {
  const axes = g.literal([1], [1]);
  const squares = g.node("ReduceSumSquare", [x, axes], { attributes: { keepdims: keepdims ? 1 : 0 } });
  return g.node("Reciprocal", [g.node("Sqrt", [g.node("Max", [squares, scalar(g, LEAST_SQUARE)])])]);
}
