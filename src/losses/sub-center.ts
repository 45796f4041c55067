import type { GraphBuilder, Value } from "../onnx/builder.ts";

/**
 * The cosine of a class is that of its nearest centre: [N, C·K] → [N, C], a class's centres side by side.
 * Source: sub-center ArcFace, insightface recognition/subcenter_arcface.
 */
export function nearestCentres(g: GraphBuilder, cosines: Value, subCenters: number): Value {
  if (subCenters === 1) return cosines;
  const [batch, rows] = cosines.shape as readonly number[];
  const shape = g.literal([3], [batch!, rows! / subCenters, subCenters]);
  const axes = g.literal([1], [2]);
  return g.node("ReduceMax", [g.node("Reshape", [cosines, shape]), axes], { attributes: { keepdims: 0 } });
}
