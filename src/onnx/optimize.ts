import { flushDenormals } from "./flush.ts";
import { fusePrelu } from "./fuse-prelu.ts";
import { batchNormsBack, batchNormsOn } from "./optimize/batch-norms.ts";
import { constantNodes } from "./optimize/constant-nodes.ts";
import { deadChannels } from "./optimize/dead-channels.ts";
import { deadNodes } from "./optimize/dead-nodes.ts";
import { foldConstants } from "./optimize/fold-constants.ts";
import { gemms } from "./optimize/gemms.ts";
import { identities } from "./optimize/identities.ts";
import { knownSizes } from "./optimize/known-sizes.ts";
import { preluBack, preluForm } from "./optimize/prelu-form.ts";
import type { ModelProto } from "./schema.ts";

export type OptimizePass =
  | "constantNodes"
  | "knownSizes"
  | "identities"
  | "foldConstants"
  | "gemms"
  | "fusePrelu"
  | "batchNormsBack"
  | "batchNormsOn"
  | "flushDenormals"
  | "deadChannels"
  | "preluForm"
  | "deadNodes";

/** What makes a graph smaller or faster and leaves its outputs as they are, up to rounding; in the order they run. */
const PASSES: Readonly<Record<OptimizePass, (model: ModelProto) => ModelProto>> = {
  constantNodes,
  knownSizes,
  identities,
  foldConstants,
  gemms,
  fusePrelu: (model) => preluBack(fusePrelu(model)),
  batchNormsBack,
  batchNormsOn,
  flushDenormals: (model) => flushDenormals(model).model,
  deadChannels: (model) => deadChannels(model),
  preluForm,
  deadNodes,
};

/** Every pass, in the order they run. */
export const OPTIMIZE_PASSES: readonly OptimizePass[] = Object.keys(PASSES) as OptimizePass[];

/**
 * A graph that does the same in fewer nodes.
 *
 * @param passes default: all; they run in the order of `OPTIMIZE_PASSES`, in whatever order they are named.
 * @returns a copy that shares what did not change, `model` itself where no pass changed it; the given one stays as it is.
 */
export function optimizeModel(model: ModelProto, passes: readonly OptimizePass[] = OPTIMIZE_PASSES): ModelProto {
  return OPTIMIZE_PASSES.filter((pass) => passes.includes(pass)).reduce((graph, pass) => PASSES[pass](graph), model);
}
