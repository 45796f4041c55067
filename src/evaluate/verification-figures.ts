import type { TestPairs } from "../data/test-set.ts";
import { bootstrapByPerson, type Interval } from "../metrics/bootstrap.ts";
import { type VerificationFigures, verificationFigures } from "../metrics/figures.ts";
import { manyPairsFigures } from "../metrics/many-pairs.ts";
import { rareErrors } from "../metrics/rare-errors.ts";
import { farSupport } from "../metrics/roc.ts";
import { type SortedScores, sortedEqualErrorRate, sortedTarAtFar } from "../metrics/sorted-scores.ts";
import { tprNearFpr } from "../metrics/tpr-at-fpr.ts";
import { type FoldResult, kFoldAccuracy, kFoldJudgements } from "../metrics/verification.ts";
import type { Figure } from "./evaluation.ts";

/** How TAR at a rate is read: where the rate is kept, or at the point nearest to it (see tprNearFpr), as IJB's scripts do. */
export type TarRule = "kept" | "nearest";

export const FAR_TARGETS = { "1e-1": 1e-1, "1e-2": 1e-2, "1e-3": 1e-3, "1e-4": 1e-4, "1e-5": 1e-5, "1e-6": 1e-6 };

/** Draws of the bootstrap times pairs: a second or two, in each of its two ways. */
const BOOTSTRAP_WORK = 6e6;
const MANY_PAIRS_WORK = 4e8;
const MOST_DRAWS = 1000;
/** Where fewer sorted draws than these could be afforded, pairs are put into bins; folds have sorted draws alone. */
const LEAST_SORTED = 200;
const LEAST_FOLDED = 20;
const LEAST_DRAWS = 100;

export type Scored = {
  readonly scores: Float64Array;
  readonly same: readonly boolean[];
  readonly sorted: SortedScores;
  readonly pairs: TestPairs;
  /** A number from 0 for each template. */
  readonly people: Uint32Array;
  readonly tarRule: TarRule;
};

/**
 * Accuracy where there are folds, TAR at the rates that so many impostors can tell, and the equal error rate. Intervals are
 * by person; accuracy has none where there are more than 300,000 pairs.
 */
export function verificationFiguresOf(scored: Scored): { figures: Figure[]; folds: readonly FoldResult[] | null } {
  const { scores, same, pairs } = scored;
  const fold = pairs.fold;
  const accuracy = fold ? kFoldAccuracy({ scores, same, fold }) : null;
  const measured = measure(scored);
  const figures: Figure[] = [];
  const enough = peopleWithGenuine(scored);
  const told = (interval: Interval | null | undefined) => toInterval(interval && rareErrors(interval, enough));
  if (accuracy && pairs.judged !== undefined)
    figures.push(judgedAccuracy(scored, accuracy.folds[pairs.judged]!, enough));
  else if (accuracy) {
    figures.push({
      name: "accuracy",
      value: accuracy.accuracy,
      std: accuracy.std,
      interval: told(measured.accuracy),
      better: "higher",
      threshold: accuracy.threshold,
    });
  }
  figures.push(...tarFigures(scored, measured, told));
  const eer = sortedEqualErrorRate(scored.sorted);
  figures.push({
    name: "EER",
    value: eer,
    interval: told(holding(measured.eer, eer)),
    better: "lower",
  });
  return { figures, folds: accuracy?.folds ?? null };
}

type Measured = Pick<VerificationFigures, "accuracy" | "eer"> & {
  readonly tarAtFar: readonly { readonly far: number; readonly tar: Interval }[];
};

function measure(scored: Scored): Measured {
  const { scores, same, sorted, pairs, people } = scored;
  const rates = ratesOf(scored);
  const fold = pairs.judged === undefined ? pairs.fold : null;
  const affordable = Math.floor(BOOTSTRAP_WORK / scores.length);
  if (affordable >= (fold ? LEAST_FOLDED : LEAST_SORTED)) {
    const both = peopleOfPairs(pairs, people, [...scores.keys()]);
    const draws = Math.min(MOST_DRAWS, affordable);
    return verificationFigures({ scores, same, ...both, ...(fold && { fold }) }, { draws, rates });
  }
  const [a, b] = [pairs.a, pairs.b].map((side) => side.map((template) => people[template]!));
  const draws = Math.max(LEAST_DRAWS, Math.min(MOST_DRAWS, Math.floor(MANY_PAIRS_WORK / scores.length)));
  const { eer, tarAtFar } = manyPairsFigures({ scores, same, a: a!, b: b! }, sorted, rates, { draws });
  return { accuracy: null, eer, tarAtFar: tarAtFar.map((tar, i) => ({ far: rates[i]!, tar })) };
}

function peopleWithGenuine({ same, pairs, people }: Scored): number {
  const some = new Set<number>();
  for (let i = 0; i < same.length; i++) if (same[i]) some.add(people[pairs.a[i]!]!);
  return some.size;
}

const ratesOf = ({ sorted }: Scored): number[] =>
  Object.values(FAR_TARGETS).filter((far) => farSupport(sorted.impostor.length, far) !== "no");

function tarFigures(
  { sorted, tarRule }: Scored,
  measured: Measured,
  told: (interval: Interval | null | undefined) => Figure["interval"],
): Figure[] {
  return Object.entries(FAR_TARGETS).map(([name, far]): Figure => {
    const figure = { name: `TAR@FAR=${name}`, better: "higher" } as const;
    const support = farSupport(sorted.impostor.length, far);
    if (support === "no") return { ...figure, value: null, interval: null };
    const point = tarRule === "nearest" ? nearest(sorted, far) : sortedTarAtFar(sorted, far);
    const known = measured.tarAtFar.find((one) => one.far === far)?.tar;
    const threshold = Number.isFinite(point.threshold) ? { threshold: point.threshold } : {};
    const interval = told(known && holding(known, point.tar));
    return { ...figure, value: point.tar, interval, ...threshold, ...(support === "roughly" && { support }) };
  });
}

function nearest(sorted: SortedScores, far: number): { tar: number; threshold: number } {
  const [{ tpr, threshold }] = tprNearFpr(sorted, [far]) as [ReturnType<typeof tprNearFpr>[number]];
  return { tar: tpr, threshold };
}

/** Of one fold, whose threshold the others chose. */
function judgedAccuracy(
  { scores, same, pairs, people }: Scored,
  { accuracy, threshold }: FoldResult,
  enough: number,
): Figure {
  const fold = pairs.fold!;
  const right = kFoldJudgements({ scores, same, fold });
  const own = [...scores.keys()].filter((i) => fold[i] === pairs.judged);
  const share = (weights: Float64Array): number[] => {
    let [sum, all] = [0, 0];
    own.forEach((pair, i) => {
      sum += right[pair]! * weights[i]!;
      all += weights[i]!;
    });
    return [sum / all];
  };
  const [interval] = bootstrapByPerson(peopleOfPairs(pairs, people, own), share);
  const told = toInterval(interval && rareErrors(interval, enough));
  return { name: "accuracy", value: accuracy, interval: told, better: "higher", threshold };
}

/** The people of some pairs, numbered anew without gaps. */
function peopleOfPairs({ a, b }: TestPairs, people: Uint32Array, pairs: readonly number[]) {
  const numbers = new Map<number, number>();
  const number = (template: number): number => {
    const person = people[template]!;
    const known = numbers.get(person) ?? numbers.size;
    numbers.set(person, known);
    return known;
  };
  const both = pairs.map((pair) => [number(a[pair]!), number(b[pair]!)] as const);
  return { a: both.map(([first]) => first), b: both.map(([, second]) => second) };
}

/** `null` where the draws had no answer. */
function toInterval(interval: Interval | null | undefined): readonly [number, number] | null {
  return interval && Number.isFinite(interval.low) && Number.isFinite(interval.high)
    ? [interval.low, interval.high]
    : null;
}

/** With the value that another rule has put beside it, and around it. */
function holding({ low, high }: Interval, value: number): Interval {
  return { value, low: Math.min(value, low), high: Math.max(value, high) };
}
