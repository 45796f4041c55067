import { countPairs, type ScoredPairs } from "./pairs.ts";

/** Scores of both kinds of pairs, each rising: all that curves need, in two numbers a pair, for millions of pairs. */
export type SortedScores = { readonly genuine: Float64Array; readonly impostor: Float64Array };

/** @throws {ArcfaceError} INVALID_ARGUMENT as countPairs. */
export function sortScores(pairs: ScoredPairs): SortedScores {
  const counts = countPairs("scores", pairs);
  const genuine = new Float64Array(counts.genuine);
  const impostor = new Float64Array(counts.impostor);
  let [g, i] = [0, 0];
  for (let k = 0; k < pairs.scores.length; k++) {
    if (pairs.same[k]) genuine[g++] = pairs.scores[k]!;
    else impostor[i++] = pairs.scores[k]!;
  }
  return { genuine: genuine.sort(), impostor: impostor.sort() };
}

/** What a threshold, falling from one distinct score to the next, accepts of each kind (score ≥ threshold). */
export function walkThresholds(
  { genuine, impostor }: SortedScores,
  visit: (threshold: number, accepted: number, wrong: number) => void,
): void {
  let [accepted, wrong] = [0, 0];
  while (accepted < genuine.length || wrong < impostor.length) {
    const next = (scores: Float64Array, done: number): number => scores[scores.length - 1 - done] ?? -Infinity;
    const threshold = Math.max(next(genuine, accepted), next(impostor, wrong));
    while (next(genuine, accepted) === threshold) accepted++;
    while (next(impostor, wrong) === threshold) wrong++;
    visit(threshold, accepted, wrong);
  }
}

/** As tarAtFar, without the curve; whether so many impostors can tell the rate is the caller's to ask (farSupport). */
export function sortedTarAtFar(
  { genuine, impostor }: SortedScores,
  far: number,
): { readonly tar: number; readonly threshold: number } {
  const allowed = Math.floor(impostor.length * far * (1 + 1e-12));
  const refused = impostor[impostor.length - 1 - allowed] ?? -Infinity;
  let first = genuine.length;
  while (first > 0 && genuine[first - 1]! > refused) first--;
  return { tar: (genuine.length - first) / genuine.length, threshold: genuine[first] ?? Infinity };
}

/** As equalErrorRate, without the curve. */
export function sortedEqualErrorRate(sorted: SortedScores): number {
  let [excessBefore, farBefore, rate] = [-1, 0, Number.NaN];
  walkThresholds(sorted, (_, accepted, wrong) => {
    const far = wrong / sorted.impostor.length;
    const excess = far - (1 - accepted / sorted.genuine.length);
    if (Number.isNaN(rate) && excess >= 0)
      rate = farBefore + (excessBefore / (excessBefore - excess)) * (far - farBefore);
    [excessBefore, farBefore] = [excess, far];
  });
  return rate;
}

/** Points of a ROC, false-accept rate rising; the first accepts nothing (threshold `null`), the last all. */
export type ThinRoc = { readonly far: number[]; readonly tar: number[]; readonly threshold: (number | null)[] };

/**
 * The ROC at a few hundred of its points: even steps of the rates, and of the false-accept rate's logarithm down to one
 * pair; each point is one of the curve's own.
 */
export function thinRoc(sorted: SortedScores): ThinRoc {
  const roc: ThinRoc = { far: [0], tar: [0], threshold: [null] };
  const [genuine, impostor] = [sorted.genuine.length, sorted.impostor.length];
  const STEPS = 150;
  const decades = Math.log(impostor + 1);
  const cell = (accepted: number, wrong: number): number[] => [
    Math.floor((STEPS * accepted) / genuine),
    Math.floor((STEPS * wrong) / impostor),
    Math.floor((STEPS * Math.log(wrong + 1)) / decades),
  ];
  let last = cell(0, 0);
  let pending: [number, number, number] | null = null;
  const keep = ([threshold, accepted, wrong]: [number, number, number]): void => {
    roc.far.push(wrong / impostor);
    roc.tar.push(accepted / genuine);
    roc.threshold.push(threshold);
  };
  walkThresholds(sorted, (threshold, accepted, wrong) => {
    const own = cell(accepted, wrong);
    // The last point of each cell is kept: where the curve leaves it.
    if (pending && own.some((index, k) => index !== last[k])) keep(pending);
    last = own;
    pending = [threshold, accepted, wrong];
  });
  if (pending) keep(pending);
  return roc;
}

/** Counts by score: bin i from −1 + i·step up to, not including, the next; scores outside fall into the end bins. */
export function histogram(scores: Float64Array, step: number): number[] {
  const bins = Array<number>(Math.round(2 / step)).fill(0);
  for (const score of scores) {
    // Twelve digits, so that 0.29 / 0.01 is 29.
    const bin = Math.floor(Number(((score + 1) / step).toPrecision(12)));
    bins[Math.max(0, Math.min(bins.length - 1, bin))]!++;
  }
  return bins;
}
