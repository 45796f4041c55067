import type { RocCurve } from "./roc.ts";

/** The ROC's points as errors of both kinds, in the same order: false accepts rise, false rejects fall. */
export type DetCurve = {
  readonly thresholds: Float64Array;
  /** False accepts of impostor pairs, 0–1. */
  readonly far: Float64Array;
  /** False rejects of genuine pairs, 0–1. */
  readonly frr: Float64Array;
};

/** Detection error trade-off; its plot has `normalQuantile` of both rates, under which normal scores give a line. */
export function detCurve({ thresholds, far, tar }: RocCurve): DetCurve {
  return { thresholds, far, frr: tar.map((rate) => 1 - rate) };
}
