import { expected } from "../errors.ts";
import { type SortedScores, walkThresholds } from "./sorted-scores.ts";

export type TprAtFpr = { readonly tpr: number; readonly fpr: number; readonly threshold: number };

/**
 * TPR at FPR as the field's IJB scripts read it: of scikit-learn's ROC without its collinear points, the one whose FPR is
 * nearest the target, and of equals the one accepting most. Not tarAtFar, whose rate is kept: this may lie above.
 *
 * @returns one a target.
 * @throws {ArcfaceError} INVALID_ARGUMENT where a target is not between 0 and 1.
 * Source: insightface recognition/arcface_torch/eval_ijbc.py; sklearn.metrics.roc_curve, drop_intermediate.
 */
export function tprNearFpr(sorted: SortedScores, targets: readonly number[]): TprAtFpr[] {
  const bad = targets.find((target) => !(target > 0 && target < 1));
  if (bad !== undefined) throw expected("TPR@FPR", "a rate between 0 and 1", `${bad}`);
  const [genuine, impostor] = [sorted.genuine.length, sorted.impostor.length];
  const best = targets.map((target) => ({ tpr: 0, fpr: 0, threshold: Number.POSITIVE_INFINITY, away: target }));
  const offer = ({ threshold, accepted, wrong }: Point): void => {
    targets.forEach((target, k) => {
      const away = Math.abs(wrong / impostor - target);
      if (away <= best[k]!.away) best[k] = { tpr: accepted / genuine, fpr: wrong / impostor, threshold, away };
    });
  };
  let before: Point | null = null;
  let held: Point | null = null;
  walkThresholds(sorted, (threshold, accepted, wrong) => {
    const point = { threshold, accepted, wrong };
    const isBend =
      !held ||
      !before ||
      wrong - 2 * held.wrong + before.wrong !== 0 ||
      accepted - 2 * held.accepted + before.accepted !== 0;
    if (held && isBend) offer(held);
    before = held;
    held = point;
  });
  if (held) offer(held);
  return best.map(({ tpr, fpr, threshold }) => ({ tpr, fpr, threshold }));
}

type Point = { readonly threshold: number; readonly accepted: number; readonly wrong: number };
