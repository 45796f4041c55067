import type { ScoredPairs } from "./pairs.ts";

/**
 * A function that answers, for weights of the pairs, the equal error rate and then TAR at each false-accept rate, as
 * equalErrorRate and tarAtFar do for pairs that count once. The pairs are sorted once, so that a thousand draws are quick.
 *
 * It answers NaN where either kind of pairs has no weight.
 */
export function weightedRoc({
  scores,
  same,
}: ScoredPairs): (weights: Float64Array, rates: readonly number[]) => number[] {
  const order = Uint32Array.from({ length: scores.length }, (_, i) => i).sort((i, j) => scores[j]! - scores[i]!);
  const isGenuine = Uint8Array.from(order, (i) => (same[i] ? 1 : 0));
  // Equal scores stand or fall together: a point is only after the last of them.
  const isPoint = Uint8Array.from(order, (i, rank) => (scores[order[rank + 1]!] === scores[i] ? 0 : 1));

  return (weights, rates) => {
    let [genuine, impostor] = [0, 0];
    for (let k = 0; k < order.length; k++) {
      if (isGenuine[k]) genuine += weights[order[k]!]!;
      else impostor += weights[order[k]!]!;
    }
    if (genuine === 0 || impostor === 0) return Array<number>(rates.length + 1).fill(Number.NaN);
    const tar = new Array<number>(rates.length).fill(0);
    let eer = Number.NaN;
    let [accepted, wrong, lastAccepted, lastWrong] = [0, 0, 0, 0];
    for (let k = 0; k < order.length; k++) {
      if (isGenuine[k]) accepted += weights[order[k]!]!;
      else wrong += weights[order[k]!]!;
      if (!isPoint[k]) continue;
      for (let r = 0; r < rates.length; r++) {
        if (wrong <= impostor * rates[r]! * (1 + 1e-12)) tar[r] = accepted / genuine;
      }
      const excess = wrong / impostor + accepted / genuine - 1;
      if (Number.isNaN(eer) && excess >= 0) {
        const before = lastWrong / impostor + lastAccepted / genuine - 1;
        eer = (lastWrong + (before / (before - excess)) * (wrong - lastWrong)) / impostor;
      }
      [lastAccepted, lastWrong] = [accepted, wrong];
    }
    return [eer, ...tar];
  };
}
