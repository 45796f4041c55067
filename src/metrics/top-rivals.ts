import { expected } from "../errors.ts";

export type NearRate = { readonly tpir: number; readonly threshold: number };

/**
 * TPIR at FPIR as the field's IJB script reads it: the threshold is the score of the ⌈n·rate⌉-th highest among all scores of n
 * probes with others than their mates, whichever probes those are of; a probe is found where its mate scores **above** it.
 *
 * @param rivals those scores, at least as many of the highest as are asked for, falling.
 * @param mates the score of each probe's mate.
 * @throws {ArcfaceError} INVALID_ARGUMENT where there are too few rivals, or the rate is not between 0 and 1.
 * Source: insightface recognition/_evaluation_/ijb/ijb_1n.py, `evaluation`.
 */
export function tpirOverRivals(mates: ArrayLike<number>, rivals: ArrayLike<number>, rate: number): NearRate {
  if (!(rate > 0 && rate < 1)) throw expected("TPIR@FPIR", "a rate between 0 and 1", `${rate}`);
  // A hair's breadth less, for products such as 100 × 0.07, which rounding puts above 7.
  const allowed = Math.ceil(mates.length * rate * (1 - 1e-12));
  const threshold = rivals[allowed - 1];
  if (threshold === undefined) throw expected("TPIR@FPIR", `${allowed} rivals' scores or more`, `${rivals.length}`);
  let found = 0;
  for (let i = 0; i < mates.length; i++) if (mates[i]! > threshold) found++;
  return { tpir: found / mates.length, threshold };
}
