import { flushDenormals } from "./flush.ts";
import { fusePrelu } from "./fuse-prelu.ts";
import { batchNorms } from "./optimize/batch-norms.ts";
import { constantNodes } from "./optimize/constant-nodes.ts";
import { deadNodes } from "./optimize/dead-nodes.ts";
import { identities } from "./optimize/identities.ts";
import { knownSizes } from "./optimize/known-sizes.ts";
import type { ModelProto } from "./schema.ts";

export type OptimizePass =
  | "constantNodes"
  | "knownSizes"
  | "identities"
  | "fusePrelu"
  | "batchNorms"
  | "flushDenormals"
  | "deadNodes";

/** What makes a graph smaller or faster and leaves its outputs as they are, up to rounding; in the order they run. */
const PASSES: Readonly<Record<OptimizePass, (model: ModelProto) => ModelProto>> = {
  constantNodes,
  knownSizes,
  identities,
  fusePrelu,
  batchNorms,
  flushDenormals: (model) => flushDenormals(model).model,
  deadNodes,
};

/**
 * A graph that does the same in fewer nodes.
 *
 * @param passes default: all.
 * @returns a copy that shares what did not change; the given one stays as it is.
 */
export function optimize(
  model: ModelProto,
  passes: readonly OptimizePass[] = Object.keys(PASSES) as OptimizePass[],
): ModelProto {
  return (Object.keys(PASSES) as OptimizePass[])
    .filter((pass) => passes.includes(pass))
    .reduce((graph, pass) => PASSES[pass](graph), model);
}
