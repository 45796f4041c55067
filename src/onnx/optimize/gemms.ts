import { makeNode } from "../build.ts";
import { inferShapes } from "../infer.ts";
import type { ModelProto } from "../schema.ts";
import { indexGraph, isOp, soleReader } from "./graph-index.ts";
import { rewriteOf } from "./rewrite.ts";

/**
 * A product of a matrix by a constant one, and the sum with a constant row behind it, become one Gemm: the form in which
 * other passes know a fully-connected layer.
 */
export function gemms(model: ModelProto): ModelProto {
  const { graph } = model;
  if (!graph?.node.some((node) => isOp(node, "MatMul"))) return model;
  const shapes = inferShapes(model, { onUnknown: () => {} });
  const index = indexGraph(graph);
  const rewrite = rewriteOf(graph);
  for (const node of graph.node) {
    const [a, b] = node.input;
    if (!isOp(node, "MatMul") || index.constants.get(b!)?.dims.length !== 2 || shapes.get(a!)?.shape.length !== 2)
      continue;
    if (shapes.get(a!)?.dtype !== "float32") continue;
    const y = node.output[0]!;
    const add = soleReader(index, y);
    const row = add && isOp(add, "Add") ? add.input.find((name) => name !== y) : undefined;
    const width = Number(index.constants.get(b!)!.dims[1]);
    if (add && row && isRow(index.constants.get(row)?.dims, width)) {
      rewrite.replace(node, []);
      rewrite.replace(add, [makeNode("Gemm", [a!, b!, row], [add.output[0]!])]);
    } else rewrite.replace(node, [makeNode("Gemm", [a!, b!], [y])]);
  }
  return rewrite.done(model);
}

/** Gemm stretches it along the rows, as Add does. */
function isRow(dims: readonly bigint[] | undefined, width: number): boolean {
  if (!dims || dims.length > 2) return false;
  return Number(dims.at(-1) ?? 0) === width && (dims.length === 1 || dims[0] === 1n);
}
