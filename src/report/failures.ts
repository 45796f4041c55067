import type { EvaluatedItem, Evaluation, Identified, Verified } from "../evaluate/evaluation.ts";

/** A pair or a search to look at. */
export type Failure = {
  /** The first picture of each side is shown. */
  readonly a: EvaluatedItem;
  readonly b: EvaluatedItem;
  /** Cosine. */
  readonly score: number;
  readonly isSame: boolean;
  /** Another model's score of the same pair, where two are compared. */
  readonly other?: number;
  /** The threshold it was judged at, and whether it was judged wrongly; `null` where the protocol has none. */
  readonly threshold: number | null;
  readonly isWrong: boolean | null;
};

export type Failures = {
  /** Pairs of two people, those scored highest first. */
  readonly falseMatches: readonly Failure[];
  /** Pairs of one person in which both faces were found, those scored lowest first. */
  readonly misses: readonly Failure[];
  /** Of all such pairs, how many were judged wrongly; `null` where not all are known, or nothing judges them. */
  readonly wrong: { readonly falseMatches: number; readonly misses: number } | null;
};

/** What a missed face scores with everything. */
const NO_FACE = -1;

/**
 * The worst of each kind, whether judged wrongly or not: a protocol without an error has pairs that come near to one.
 *
 * @param most of each kind.
 */
export function worstPairs(
  { items, verification }: Pick<Evaluation, "items" | "verification">,
  most: number,
): Failures {
  if (verification === null) return { falseMatches: [], misses: [], wrong: null };
  const { pairs, isComplete, folds } = verification;
  const judged = judgePairs(verification);
  const indices = pairs.scores.map((_, i) => i);
  const impostors = indices.filter((i) => !pairs.same[i]);
  const genuine = indices.filter((i) => pairs.same[i] && pairs.scores[i] !== NO_FACE);
  const failure = (i: number): Failure => ({
    a: items[pairs.a[i]!]!,
    b: items[pairs.b[i]!]!,
    score: pairs.scores[i]!,
    isSame: pairs.same[i]!,
    ...judged(i),
  });
  const wrongOf = (some: readonly number[]): number => some.filter((i) => judged(i).isWrong === true).length;
  return {
    falseMatches: impostors
      .sort((i, j) => pairs.scores[j]! - pairs.scores[i]!)
      .slice(0, most)
      .map(failure),
    misses: genuine
      .sort((i, j) => pairs.scores[i]! - pairs.scores[j]!)
      .slice(0, most)
      .map(failure),
    wrong: isComplete && folds !== null ? { falseMatches: wrongOf(impostors), misses: wrongOf(genuine) } : null,
  };
}

/** Each pair at the threshold of its fold. */
function judgePairs({ pairs, folds }: Verified): (i: number) => Pick<Failure, "threshold" | "isWrong"> {
  return (i) => {
    const threshold = folds?.[pairs.fold?.[i] ?? -1]?.threshold ?? null;
    // As kFoldAccuracy decides: at the threshold itself it is a pair of two people.
    return { threshold, isWrong: threshold === null ? null : pairs.scores[i]! > threshold !== pairs.same[i] };
  };
}

export type SearchFailures = {
  /** Enrolled people for whom somebody else came first, the most certain first. */
  readonly wrongNames: readonly Failure[];
  /** Strangers with the enrolled person they are most like, the most alike first. */
  readonly strangers: readonly Failure[];
  /** Enrolled people with their own template, the least alike first, whether they were found or not. */
  readonly faint: readonly Failure[];
};

/** The worst searches of each kind. @param most of each kind. */
export function worstSearches(
  { items, identification }: Pick<Evaluation, "items" | "identification">,
  most: number,
): SearchFailures {
  if (identification === null) return { wrongNames: [], strangers: [], faint: [] };
  const { probe, mate, rank, mateScore, nearest, nearestScore } = identification.probes;
  const all = probe.map((_, i) => i);
  const failure = (i: number, item: number, score: number, isSame: boolean): Failure => ({
    a: items[probe[i]!]!,
    b: items[item]!,
    score,
    isSame,
    threshold: null,
    isWrong: isSame ? null : true,
  });
  const likest = (some: readonly number[]): Failure[] =>
    some
      .filter((i) => nearestScore[i]! > NO_FACE)
      .sort((i, j) => nearestScore[j]! - nearestScore[i]!)
      .slice(0, most)
      .map((i) => failure(i, nearest[i]!, nearestScore[i]!, false));
  return {
    wrongNames: likest(all.filter((i) => mate[i] !== null && rank[i] !== null && rank[i] !== 1)),
    strangers: likest(all.filter((i) => mate[i] === null)),
    faint: all
      .filter((i) => mate[i] !== null && mateScore[i]! > NO_FACE && isFirstOfTwo(probe[i]!, mate[i]!, identification))
      .sort((i, j) => mateScore[i]! - mateScore[j]!)
      .slice(0, most)
      .map((i) => failure(i, mate[i]!, mateScore[i]!, true)),
  };
}

/** Where every two pictures of a person are sought both ways round, one of the ways is shown. */
function isFirstOfTwo(probe: number, mate: number, { enrolled, distractors }: Identified): boolean {
  return enrolled !== distractors || probe < mate;
}
