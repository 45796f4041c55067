import { expected } from "../errors.ts";

/** Scored pairs: `scores` are similarities, larger is nearer; `same[i]` tells whether pair i is of one person. */
export type ScoredPairs = { readonly scores: ArrayLike<number>; readonly same: ArrayLike<boolean> };

export type PairCounts = { readonly genuine: number; readonly impostor: number };

/**
 * Count both kinds of pairs, and check that there is something to measure.
 *
 * @throws {ArcfaceError} INVALID_ARGUMENT where the lists differ in length, a score is not finite or a kind is missing.
 */
export function countPairs(where: string, { scores, same }: ScoredPairs): PairCounts {
  if (scores.length !== same.length) throw expected(where, `${scores.length} labels, one a score`, `${same.length}`);
  let genuine = 0;
  for (let i = 0; i < scores.length; i++) {
    if (!Number.isFinite(scores[i])) throw expected(where, `a finite score for pair ${i}`, `${scores[i]}`);
    if (same[i]) genuine++;
  }
  const impostor = scores.length - genuine;
  if (genuine === 0 || impostor === 0) {
    throw expected(where, "pairs of one person and of two", `${genuine} and ${impostor}`);
  }
  return { genuine, impostor };
}
