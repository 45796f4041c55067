import { expected } from "../errors.ts";
import { binomialTail } from "./binomial.ts";
import { type BootstrapOptions, bootstrapByPerson, type Interval, type PeoplePairs } from "./bootstrap.ts";
import { farSupport } from "./roc.ts";
import { kFoldJudgements, weightedAccuracy } from "./verification.ts";
import { weightedRoc } from "./weighted-roc.ts";

/** McNemar's test of two judges of the same cases: only those count that one judged rightly and the other wrongly. */
export type McNemar = {
  readonly onlyFirstRight: number;
  readonly onlySecondRight: number;
  /** Exact, two-sided: how likely so uneven a split is where both are equally good; 1 where they never differ. */
  readonly p: number;
};

/** Differences are the second's figure less the first's, with their intervals: 0 outside of it is a difference. */
export type PairedComparison = {
  readonly accuracy: Interval | null;
  /** Of the k-fold judgements, pair by pair: it takes pairs for independent, the intervals do not. */
  readonly mcnemar: McNemar | null;
  readonly eer: Interval;
  readonly tarAtFar: readonly { readonly far: number; readonly tar: Interval }[];
};

/**
 * Two models on the same pairs: each draw of people is the same for both, so that what is hard for both cancels.
 *
 * @param pairs of the first model; `fold` where there are folds.
 * @param second the other model's scores of the same pairs, in the same order.
 * @throws {ArcfaceError} INVALID_ARGUMENT as verificationFigures, and where the scores differ in number.
 */
export function comparePairs(
  pairs: PeoplePairs & { readonly fold?: ArrayLike<number> | undefined },
  second: ArrayLike<number>,
  { rates = [1e-2, 1e-3, 1e-4], ...options }: BootstrapOptions & { readonly rates?: readonly number[] } = {},
): PairedComparison {
  if (second.length !== pairs.scores.length)
    throw expected("comparison", `${pairs.scores.length} scores, one a pair`, `${second.length}`);
  const both = [pairs, { ...pairs, scores: second }] as const;
  const impostor = Array.from(pairs.same).filter((same) => !same).length;
  const told = rates.filter((far) => farSupport(impostor, far) !== "no");
  const rocs = both.map(weightedRoc);
  const { fold } = pairs;
  const accuracies = fold && both.map((model) => weightedAccuracy({ ...model, fold }));
  const [eer, ...rest] = bootstrapByPerson(
    pairs,
    (weights) => {
      const [first, other] = rocs.map((roc) => roc(weights, told));
      const [before, after] = accuracies?.map((accuracy) => accuracy(weights)) ?? [];
      return [...other!.map((value, i) => value - first![i]!), ...(accuracies ? [after! - before!] : [])];
    },
    options,
  );
  return {
    accuracy: accuracies ? rest[told.length]! : null,
    mcnemar: fold
      ? mcNemar(...(both.map((model) => kFoldJudgements({ ...model, fold })) as [Uint8Array, Uint8Array]))
      : null,
    eer: eer!,
    tarAtFar: told.map((far, i) => ({ far, tar: rest[i]! })),
  };
}

/**
 * @param first 1 where the first judged rightly, else 0; @param second the same of the other, in the same order.
 * Source: Q. McNemar, Psychometrika 12 (1947); the exact form, the sign test.
 */
export function mcNemar(first: ArrayLike<number>, second: ArrayLike<number>): McNemar {
  if (first.length !== second.length) throw expected("McNemar", `${first.length} judgements`, `${second.length}`);
  let [onlyFirstRight, onlySecondRight] = [0, 0];
  for (let i = 0; i < first.length; i++) {
    if (first[i] && !second[i]) onlyFirstRight++;
    if (!first[i] && second[i]) onlySecondRight++;
  }
  const n = onlyFirstRight + onlySecondRight;
  const p = n === 0 ? 1 : Math.min(1, 2 * binomialTail(Math.max(onlyFirstRight, onlySecondRight), n, 0.5));
  return { onlyFirstRight, onlySecondRight, p };
}
