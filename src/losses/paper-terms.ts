import type { GraphBuilder, Value } from "../onnx/builder.ts";
import { dataTypeOf } from "../onnx/ops/element-type.ts";
import { differentiableAngle } from "./angle.ts";
import { scaledCosines, unitRows } from "./cosines.ts";
import { meanOf } from "./cross-entropy.ts";
import { scalar } from "./scalar.ts";

// Terms that ArcFace's paper (arXiv:1801.07698v4) adds to a softmax, each a scalar.

/** Equation 5: the mean of θ/π between embeddings and their own centres. @param own cosines [N, 1] */
export function intraTerm(g: GraphBuilder, own: Value): Value {
  return meanOf(g, g.node("Mul", [differentiableAngle(g, own), scalar(g, 1 / Math.PI)]));
}

/**
 * Equation 6: −1/(π(C − 1)) · Σ over other classes of their centres' angles to the own one, the mean over the batch.
 *
 * @param w centres [C, D], C at least 2.
 * @param labels int64 [N, 1]
 */
export function interTerm(g: GraphBuilder, w: Value, labels: Value): Value {
  const [classes, batch] = [w.shape[0] as number, labels.shape[0] as number];
  const list = g.node("Reshape", [labels, g.literal([1], [batch])]);
  const own = unitRows(g.scope("own"), g.node("Gather", [w, list]));
  const theta = differentiableAngle(g, scaledCosines(g, own, w, scalar(g, 1)));
  const zeros = g.literal([batch, 1], new Float32Array(batch));
  const others = g.node("ScatterElements", [theta, labels, zeros], { attributes: { axis: 1 } });
  return g.node("Mul", [meanOf(g, others), scalar(g, -classes / (Math.PI * (classes - 1)))]);
}

/**
 * The angular triplet loss over the batch: of every θ(anchor, positive) + margin ≤ θ(anchor, negative) that does not hold,
 * by how much; the mean over those.
 *
 * @param unit embeddings of length 1, [N, D].
 * @param labels int64 [N, 1]
 * @param margin radians.
 */
export function tripletTerm(g: GraphBuilder, unit: Value, labels: Value, margin: number): Value {
  const batch = labels.shape[0] as number;
  const theta = differentiableAngle(g, g.gemm(unit, unit, null));
  const same = g.node("Equal", [labels, g.node("Transpose", [labels])]);
  const itself = g.literal([batch], [...Array(batch).keys()]);
  const column = g.literal([2], [batch, 1]);
  const other = g.node("Not", [g.node("Equal", [itself, g.node("Reshape", [itself, column])])]);
  const positive = expand(g, g.node("And", [same, other]), 2);
  const negative = expand(g, g.node("Not", [same]), 1);

  const ahead = g.add(expand(g, theta, 2), scalar(g, margin));
  const excess = g.node("Relu", [g.node("Sub", [ahead, expand(g, theta, 1)])]);
  const zero = scalar(g, 0);
  const broken = g.node("Where", [g.node("And", [positive, negative]), excess, zero]);
  const counted = g.node("Cast", [g.node("Greater", [broken, zero])], { attributes: { to: dataTypeOf("float32") } });
  const count = g.node("Max", [sumOf(g, counted), scalar(g, 1)]);
  return g.node("Div", [sumOf(g, broken), count]);
}

function expand(g: GraphBuilder, x: Value, axis: number): Value {
  return g.node("Unsqueeze", [x, g.literal([1], [axis])]);
}

function sumOf(g: GraphBuilder, x: Value): Value {
  return g.node("ReduceSum", [x], { attributes: { keepdims: 0 } });
}
