import { expected } from "../errors.ts";
import type { Evaluation } from "../evaluate/evaluation.ts";
import type { Interval } from "../metrics/bootstrap.ts";
import { comparePairs, type McNemar } from "../metrics/compare.ts";
import { kFoldJudgements } from "../metrics/verification.ts";
import type { Failure } from "./failures.ts";
import { peoplePairsOf } from "./people-pairs.ts";

/** Two models by one protocol on one data set. */
export type Comparison = {
  /** What each is called: its recogniser, and its detector where the recognisers are one. */
  readonly names: readonly [string, string];
  readonly figures: readonly ComparedFigure[];
  /** `null` where pairs are not judged by folds, or not all kept. */
  readonly mcnemar: McNemar | null;
  /** Pairs that one judged rightly and the other wrongly, those that the two scored most differently first. */
  readonly onlyFirstRight: readonly Failure[];
  readonly onlySecondRight: readonly Failure[];
};

export type ComparedFigure = {
  readonly name: string;
  readonly first: number | null;
  readonly second: number | null;
  /** The second less the first on the same draws of people; `null` where it was not computed. */
  readonly difference: Interval | null;
};

/**
 * @param most pairs of each kind that one judged rightly alone.
 * @throws {ArcfaceError} INVALID_ARGUMENT where the protocols or the data sets differ.
 */
export function compareEvaluations(first: Evaluation, second: Evaluation, most: number): Comparison {
  const [one, other] = [first, second].map(({ protocol: { name, dataSet } }) => `${name} of data set ${dataSet}`);
  if (one !== other) throw expected("comparison", one!, other!);
  const pairs = peoplePairsOf(first);
  const scores = second.verification?.pairs.scores;
  const paired = pairs && scores ? comparePairs(pairs, scores, { rates: ratesOf(first) }) : null;
  const difference = (name: string): Interval | null => {
    if (name === "accuracy") return paired?.accuracy ?? null;
    if (name === "EER") return paired?.eer ?? null;
    return paired?.tarAtFar.find(({ far }) => name === `TAR@FAR=${nameOf(far)}`)?.tar ?? null;
  };
  return {
    names: namesOf(first, second),
    figures: first.figures.map(({ name, value }) => ({
      name,
      first: value,
      second: second.figures.find((figure) => figure.name === name)?.value ?? null,
      difference: difference(name),
    })),
    mcnemar: paired?.mcnemar ?? null,
    ...disagreements(first, second, most),
  };
}

function namesOf(first: Evaluation, second: Evaluation): readonly [string, string] {
  const isOne = first.recognizer.name === second.recognizer.name;
  const name = ({ recognizer, detector }: Evaluation): string =>
    isOne && detector !== null ? `${recognizer.name}, ${detector.name}` : recognizer.name;
  return [name(first), name(second)];
}

function ratesOf({ figures }: Evaluation): number[] {
  return figures.flatMap(({ name }) => (name.startsWith("TAR@FAR=") ? [Number(name.split("=")[1])] : []));
}

/** As figures are called: 1e-3. */
function nameOf(rate: number): string {
  return `1e${Math.round(Math.log10(rate))}`;
}

function disagreements(first: Evaluation, second: Evaluation, most: number) {
  const pairs = peoplePairsOf(first);
  const scores = second.verification?.pairs.scores;
  if (!pairs?.fold || !scores) return { onlyFirstRight: [], onlySecondRight: [] };
  const { fold } = pairs;
  const one = kFoldJudgements({ ...pairs, fold });
  const other = kFoldJudgements({ ...pairs, fold, scores });
  const { a, b } = first.verification!.pairs;
  const failure = (i: number): Failure => ({
    a: first.items[a[i]!]!,
    b: first.items[b[i]!]!,
    score: pairs.scores[i]!,
    other: scores[i]!,
    isSame: pairs.same[i]!,
    threshold: null,
    isWrong: null,
  });
  const where = (right: Uint8Array, wrong: Uint8Array): Failure[] =>
    Array.from(right.keys())
      .filter((i) => right[i] === 1 && wrong[i] === 0)
      .sort((i, j) => Math.abs(pairs.scores[j]! - scores[j]!) - Math.abs(pairs.scores[i]! - scores[i]!))
      .slice(0, most)
      .map(failure);
  return { onlyFirstRight: where(one, other), onlySecondRight: where(other, one) };
}
