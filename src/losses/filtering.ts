import type { GraphBuilder, Value } from "../onnx/builder.ts";
import { scalar } from "./scalar.ts";

/**
 * Cosines above the threshold become 0 and lose their gradient, but for the own class's: a picture that near another
 * class is likely mislabelled.
 * Source: interclass_filtering_threshold, insightface recognition/arcface_torch/losses.py.
 *
 * @param cosines [N, C]
 * @param labels int64 [N, 1]
 * @param threshold in the cosines' scale.
 */
export function filterClasses(g: GraphBuilder, cosines: Value, labels: Value, threshold: number): Value {
  const far = g.node("LessOrEqual", [cosines, scalar(g, threshold)]);
  const own = g.node("Equal", [labels, labels]);
  const kept = g.node("ScatterElements", [far, labels, own], { attributes: { axis: 1 } });
  return g.node("Where", [kept, cosines, scalar(g, 0)]);
}
