import type { TopScores } from "./top-scores.ts";

/** Scores of pairs of one person, and the highest of a crowd of impostor scores; each counts by the weight of its owner. */
export type CrowdScores = {
  readonly genuine: { readonly scores: ArrayLike<number>; readonly owners: ArrayLike<number> };
  readonly top: TopScores;
  /** Impostor scores of each owner, those that are not among the highest, too. */
  readonly impostors: ArrayLike<number>;
};

/**
 * A function that answers, for weights of the owners, TAR at each false-accept rate as tarAtFar has it; NaN where nobody has
 * weight, or where the highest scores kept are too few.
 */
export function crowdRates({
  genuine,
  top,
  impostors,
}: CrowdScores): (weights: ArrayLike<number>, rates: readonly number[]) => number[] {
  const order = Uint32Array.from({ length: genuine.scores.length }, (_, i) => i).sort(
    (i, j) => genuine.scores[j]! - genuine.scores[i]!,
  );
  return (weights, rates) => {
    let [all, crowd] = [0, 0];
    for (const i of order) all += weights[genuine.owners[i]!]!;
    for (let owner = 0; owner < impostors.length; owner++) crowd += impostors[owner]! * weights[owner]!;
    if (all === 0 || crowd === 0) return rates.map(() => Number.NaN);
    const refused = rates.map(() => Number.NaN);
    let wrong = 0;
    for (let i = 0; i < top.scores.length; i++) {
      wrong += weights[top.owners[i]!]!;
      // The first score at which too many would be accepted, of all who have it.
      rates.forEach((rate, k) => {
        if (Number.isNaN(refused[k]) && wrong > crowd * rate * (1 + 1e-12)) refused[k] = top.scores[i]!;
      });
    }
    const accepted = rates.map(() => 0);
    for (const i of order) {
      rates.forEach((_, k) => {
        if (genuine.scores[i]! > refused[k]!) accepted[k]! += weights[genuine.owners[i]!]!;
      });
    }
    return accepted.map((sum, k) => (Number.isNaN(refused[k]) ? Number.NaN : sum / all));
  };
}
