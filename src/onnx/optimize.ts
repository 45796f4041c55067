import { flushDenormals } from "./flush.ts";
import { fusePrelu } from "./fuse-prelu.ts";
import { batchNormsBack, batchNormsOn } from "./optimize/batch-norms.ts";
import { constantNodes } from "./optimize/constant-nodes.ts";
import { deadChannels } from "./optimize/dead-channels.ts";
import { deadNodes } from "./optimize/dead-nodes.ts";
import { foldConstants } from "./optimize/fold-constants.ts";
import { gemms } from "./optimize/gemms.ts";
import { halfWeights } from "./optimize/half-weights.ts";
import { identities } from "./optimize/identities.ts";
import { knownSizes } from "./optimize/known-sizes.ts";
import { preluBack, preluForm } from "./optimize/prelu-form.ts";
import { residualShifts } from "./optimize/residual-shifts.ts";
import type { ModelProto } from "./schema.ts";

export type OptimizePass =
  | "constantNodes"
  | "knownSizes"
  | "identities"
  | "foldConstants"
  | "gemms"
  | "fusePrelu"
  | "batchNormsBack"
  | "residualShifts"
  | "batchNormsOn"
  | "flushDenormals"
  | "deadChannels"
  | "preluForm"
  | "deadNodes"
  | "halfWeights";

/** What makes a graph smaller or faster, in the order they run. */
const PASSES: Readonly<Record<OptimizePass, (model: ModelProto) => ModelProto>> = {
  constantNodes,
  knownSizes,
  identities,
  foldConstants,
  gemms,
  fusePrelu: (model) => preluBack(fusePrelu(model)),
  batchNormsBack,
  residualShifts,
  batchNormsOn,
  flushDenormals: (model) => flushDenormals(model).model,
  deadChannels: (model) => deadChannels(model),
  preluForm,
  deadNodes,
  halfWeights,
};

const ALL = Object.keys(PASSES) as OptimizePass[];

/**
 * The passes that leave a graph's outputs as they are, up to float32's rounding, in the order they run: all but
 * `halfWeights`.
 */
export const OPTIMIZE_PASSES: readonly OptimizePass[] = ALL.filter((pass) => pass !== "halfWeights");

/**
 * A graph that does the same in fewer nodes, channels, bytes or milliseconds.
 *
 * @param passes default: `OPTIMIZE_PASSES`; whatever the order in which they are named, they run in that one,
 *   `halfWeights` last.
 * @returns a copy that shares what did not change, `model` itself where no pass changed it; the given one stays as it is.
 */
export function optimizeModel(model: ModelProto, passes: readonly OptimizePass[] = OPTIMIZE_PASSES): ModelProto {
  return ALL.filter((pass) => passes.includes(pass)).reduce((graph, pass) => PASSES[pass](graph), model);
}
