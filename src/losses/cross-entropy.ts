import type { GraphBuilder, Value } from "../onnx/builder.ts";
import { dataTypeOf } from "../onnx/ops/element-type.ts";

/**
 * −log softmax of the own class, the mean over the batch: a scalar.
 *
 * @param logits [N, C]; of any size, as the largest is taken off first.
 * @param labels int64 [N, 1]
 */
export function crossEntropy(g: GraphBuilder, logits: Value, labels: Value): Value {
  const logProbabilities = g.node("LogSoftmax", [logits], { attributes: { axis: 1 } });
  return meanOf(g, g.node("Neg", [ownClass(g, logProbabilities, labels)]));
}

/** The share of rows whose own class is the largest: a scalar. */
export function accuracyOf(g: GraphBuilder, scores: Value, labels: Value): Value {
  const best = g.node("ArgMax", [scores], { attributes: { axis: 1 } });
  return meanOf(g, g.node("Cast", [g.node("Equal", [best, labels])], { attributes: { to: dataTypeOf("float32") } }));
}

/** [N, C] → [N, 1] */
export function ownClass(g: GraphBuilder, scores: Value, labels: Value): Value {
  return g.node("GatherElements", [scores, labels], { attributes: { axis: 1 } });
}

/** Over all elements: a scalar. */
export function meanOf(g: GraphBuilder, x: Value): Value {
  return g.node("ReduceMean", [x], { attributes: { keepdims: 0 } });
}
