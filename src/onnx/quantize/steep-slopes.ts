import { floatsOf } from "../optimize/floats.ts";
import { indexGraph, isOp, soleReader } from "../optimize/graph-index.ts";
import { layerOf, withWeights } from "../optimize/layers.ts";
import { rewriteOf } from "../optimize/rewrite.ts";
import { change, type ModelProto } from "../schema.ts";
import { scaledWeights } from "./scaled-weights.ts";

/**
 * PRelu of slope s > 1 between two layers: −s · PRelu of slope 1/s of −x. The layer before changes that channel's sign, the one
 * behind takes −s into its weights; slopes are then at most 1, and PRelu is a maximum of two (see docs/decisions/int8.md).
 */
export function steepSlopes(model: ModelProto): ModelProto {
  const steep = (model.graph?.node ?? []).filter((node) => isOp(node, "PRelu")).map(({ output }) => output[0]!);
  return steep.reduce(flatten, model);
}

function flatten(model: ModelProto, name: string): ModelProto {
  const graph = model.graph!;
  const index = indexGraph(graph);
  const node = index.maker.get(name)!;
  const slopes = floatsOf(index.constants.get(node.input[1]!));
  if (!slopes?.some((s) => s > 1)) return model;
  const [maker, reader] = [index.maker.get(node.input[0]!), soleReader(index, name)];
  const before = maker && soleReader(index, node.input[0]!) === node ? layerOf(maker, index.constants) : null;
  const behind = reader && layerOf(reader, index.constants);
  if (!before || !behind || before.outputs !== slopes.length || behind.inputs !== slopes.length) return model;
  const rewrite = rewriteOf(graph);
  const sign = slopes.map((s) => (s > 1 ? -1 : 1));
  const dims = index.constants.get(node.input[1]!)!.dims.map(Number);
  const flat = rewrite.constant(
    `${name}_slopes`,
    dims,
    slopes.map((s) => (s > 1 ? 1 / s : s)),
  );
  const turned = before.bias.map((b, c) => b * sign[c]!);
  rewrite.replace(before.node, [
    withWeights(
      before,
      scaledWeights(before, (output) => sign[output]!),
      turned,
      rewrite,
    ),
  ]);
  rewrite.replace(node, [change(node, { input: [node.input[0]!, flat] })]);
  const steep = (_: number, input: number): number => (slopes[input]! > 1 ? -slopes[input]! : 1);
  rewrite.replace(behind.node, [withWeights(behind, scaledWeights(behind, steep), behind.bias, rewrite)]);
  return rewrite.done(model);
}
