/** A pair's score, larger where the faces are alike; −∞ where a face was not found. */
export type ScoredPair = { readonly same: boolean; readonly fold: number; readonly score: number };

/**
 * Accuracy by LFW's protocol: for each fold the threshold that is best on the others, applied to it. Any threshold may be
 * chosen, as the contenders' scores are of different kinds.
 */
export function accuracyOf(pairs: readonly ScoredPair[]): { readonly accuracy: number; readonly folds: number[] } {
  const folds = [...new Set(pairs.map(({ fold }) => fold))].sort((a, b) => a - b);
  const accuracies = folds.map((fold) => {
    const threshold = bestThreshold(pairs.filter((pair) => pair.fold !== fold));
    const own = pairs.filter((pair) => pair.fold === fold);
    return own.filter(({ same, score }) => same === score >= threshold).length / own.length;
  });
  return { accuracy: accuracies.reduce((sum, one) => sum + one, 0) / accuracies.length, folds: accuracies };
}

/** Half way between two neighbours. */
function bestThreshold(pairs: readonly ScoredPair[]): number {
  const sorted = [...pairs].sort((a, b) => b.score - a.score);
  let right = sorted.filter(({ same }) => !same).length;
  let best = { right, threshold: Infinity };
  for (const [i, { same, score }] of sorted.entries()) {
    right += same ? 1 : -1;
    const next = sorted[i + 1]?.score ?? -Infinity;
    if (right > best.right && next !== score)
      best = { right, threshold: next === -Infinity ? score : (score + next) / 2 };
  }
  return best.threshold;
}
