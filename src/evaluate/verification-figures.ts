import type { TestPairs } from "../data/test-set.ts";
import { bootstrapByPerson, type Interval } from "../metrics/bootstrap.ts";
import { type VerificationFigures, verificationFigures } from "../metrics/figures.ts";
import { farSupport } from "../metrics/roc.ts";
import { type SortedScores, sortedEqualErrorRate, sortedTarAtFar } from "../metrics/sorted-scores.ts";
import { tprNearFpr } from "../metrics/tpr-at-fpr.ts";
import { type FoldResult, kFoldAccuracy, kFoldJudgements } from "../metrics/verification.ts";
import type { Figure } from "./evaluation.ts";

/** How TAR at a rate is read: where the rate is kept, or at the point nearest to it (see tprNearFpr), as IJB's scripts do. */
export type TarRule = "kept" | "nearest";

export const FAR_TARGETS = { "1e-1": 1e-1, "1e-2": 1e-2, "1e-3": 1e-3, "1e-4": 1e-4, "1e-5": 1e-5, "1e-6": 1e-6 };

/** Draws of the bootstrap times pairs: a second or two. */
const BOOTSTRAP_WORK = 6e6;
const MOST_DRAWS = 1000;
const LEAST_DRAWS = 20;

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
 * by person; of so many pairs that a bootstrap would take minutes, there are none.
 */
export function verificationFiguresOf(scored: Scored): { figures: Figure[]; folds: readonly FoldResult[] | null } {
  const { scores, same, pairs, people } = scored;
  const fold = pairs.fold;
  const accuracy = fold ? kFoldAccuracy({ scores, same, fold }) : null;
  const draws = Math.min(MOST_DRAWS, Math.floor(BOOTSTRAP_WORK / scores.length));
  const whole = pairs.judged === undefined && fold ? { fold } : {};
  const measure = (): VerificationFigures => {
    const both = peopleOfPairs(pairs, people, [...scores.keys()]);
    return verificationFigures({ scores, same, ...both, ...whole }, { draws, rates: ratesOf(scored) });
  };
  const measured = draws >= LEAST_DRAWS ? measure() : null;
  const figures: Figure[] = [];
  if (accuracy && pairs.judged !== undefined) figures.push(judgedAccuracy(scored, accuracy.folds[pairs.judged]!));
  else if (accuracy) {
    figures.push({
      name: "accuracy",
      value: accuracy.accuracy,
      std: accuracy.std,
      interval: toInterval(measured?.accuracy),
      better: "higher",
      threshold: accuracy.threshold,
    });
  }
  figures.push(...tarFigures(scored, measured));
  figures.push({
    name: "EER",
    value: measured?.eer.value ?? sortedEqualErrorRate(scored.sorted),
    interval: toInterval(measured?.eer),
    better: "lower",
  });
  return { figures, folds: accuracy?.folds ?? null };
}

const ratesOf = ({ sorted }: Scored): number[] =>
  Object.values(FAR_TARGETS).filter((far) => farSupport(sorted.impostor.length, far) !== "no");

function tarFigures({ sorted, tarRule }: Scored, measured: VerificationFigures | null): Figure[] {
  return Object.entries(FAR_TARGETS).map(([name, far]): Figure => {
    const figure = { name: `TAR@FAR=${name}`, better: "higher" } as const;
    if (farSupport(sorted.impostor.length, far) === "no") return { ...figure, value: null, interval: null };
    const point = tarRule === "nearest" ? nearest(sorted, far) : sortedTarAtFar(sorted, far);
    const known = measured?.tarAtFar.find((one) => one.far === far)?.tar;
    const threshold = Number.isFinite(point.threshold) ? { threshold: point.threshold } : {};
    return { ...figure, value: point.tar, interval: around(point.tar, toInterval(known)), ...threshold };
  });
}

function nearest(sorted: SortedScores, far: number): { tar: number; threshold: number } {
  const [{ tpr, threshold }] = tprNearFpr(sorted, [far]) as [ReturnType<typeof tprNearFpr>[number]];
  return { tar: tpr, threshold };
}

/** Of one fold, whose threshold the others chose. */
function judgedAccuracy({ scores, same, pairs, people }: Scored, { accuracy, threshold }: FoldResult): Figure {
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
  return { name: "accuracy", value: accuracy, interval: toInterval(interval), better: "higher", threshold };
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

/** An interval that holds the value, which another rule may have put beside it. */
function around(value: number, interval: readonly [number, number] | null): readonly [number, number] | null {
  return interval && [Math.min(value, interval[0]), Math.max(value, interval[1])];
}
