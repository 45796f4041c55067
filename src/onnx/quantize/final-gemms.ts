import { makeNode } from "../build.ts";
import { inferShapes } from "../infer.ts";
import { dimsOf } from "../optimize/floats.ts";
import { indexGraph, isOp, soleReader } from "../optimize/graph-index.ts";
import { layerOf } from "../optimize/layers.ts";
import { rewriteOf } from "../optimize/rewrite.ts";
import type { ModelProto, NodeProto } from "../schema.ts";

/**
 * Convolutions over a single pixel, reshaped to [N, C] behind it, become fully-connected layers: those answer floats, where a
 * convolution's answer would be rounded to 8 bits once more.
 */
export function finalGemms(model: ModelProto): ModelProto {
  const { graph } = model;
  if (!graph) return model;
  const index = indexGraph(graph);
  const shapes = inferShapes(model, { onUnknown: () => {} });
  const rewrite = rewriteOf(graph);
  for (const node of graph.node) {
    const layer = isOp(node, "Conv") ? layerOf(node, index.constants) : null;
    const reshape = layer && soleReader(index, node.output[0]!);
    if (!layer || !reshape || layer.group !== 1 || layer.weights.length !== layer.outputs * layer.inputs) continue;
    const input = shapes.get(node.input[0]!)?.shape;
    if (input?.length !== 4 || input[2] !== 1 || input[3] !== 1 || !isFlat(reshape, layer.outputs)) continue;
    const flat = rewrite.fresh(`${node.output[0]}_flat`);
    const y = reshape.output[0]!;
    const w = rewrite.constant(`${y}_weights`, [layer.outputs, layer.inputs], layer.weights);
    const b = rewrite.constant(`${y}_bias`, [layer.outputs], layer.bias);
    rewrite.replace(node, [makeNode("Flatten", [node.input[0]!], [flat], { axis: 1 })]);
    rewrite.replace(reshape, [makeNode("Gemm", [flat, w, b], [y], { transB: 1 })]);
  }
  return rewrite.done(model);

  function isFlat(node: NodeProto, channels: number): boolean {
    if (isOp(node, "Flatten")) return Number(node.attribute[0]?.i ?? 1) === 1;
    const shape = shapes.get(node.output[0]!)?.shape;
    const sizes = index.constants.get(node.input[1] ?? "");
    return isOp(node, "Reshape") && sizes !== undefined && dimsOf(sizes)[0] === 2 && shape?.[1] === channels;
  }
}
