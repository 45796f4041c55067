import { createRandom, type Random } from "../tensor/random.ts";
import { type BootstrapOptions, drawCounts, type Interval, intervalOfDraws } from "./bootstrap.ts";
import type { SortedScores } from "./sorted-scores.ts";

/** Pairs by the million: two people each, numbered from 0, the same where the pair is genuine. */
export type ManyPairs = {
  readonly scores: Float64Array;
  readonly same: ArrayLike<boolean | number>;
  readonly a: Uint32Array;
  readonly b: Uint32Array;
};

export type ManyPairsFigures = { readonly eer: Interval; readonly tarAtFar: readonly Interval[] };

/** Of each kind of pairs: the scores of so many evenly spaced pairs are edges, and those of the highest impostors. */
const EDGES = 2000;

/**
 * Intervals by person, as bootstrapByPerson has them, of the equal error rate and of TAR at false-accept rates, for more pairs
 * than a thousand sorted draws could take. Scores are put into some thousands of bins, fine where impostors are rare, so that a
 * draw is a sum of weights a pair, and pairs drawn one by one are a Poisson count a bin.
 *
 * @param sorted the same scores.
 * @param rates false-accept rates that so many pairs can tell: see farSupport.
 * @returns values are those of the bins, within a bin's width of the exact ones.
 */
export function manyPairsFigures(
  { scores, same, a, b }: ManyPairs,
  sorted: SortedScores,
  rates: readonly number[],
  { draws = 200, seed = 1, confidence = 0.95 }: BootstrapOptions = {},
): ManyPairsFigures {
  const edges = edgesOf(sorted);
  const bins = edges.length + 1;
  const bin = Uint16Array.from(scores, (score) => binOf(edges, score));
  const people = 1 + Math.max(a.reduce(larger, 0), b.reduce(larger, 0));
  const random = createRandom(seed);

  const counted = (weights: ArrayLike<number>): Counts => {
    const counts: Counts = { genuine: new Float64Array(bins), impostor: new Float64Array(bins) };
    for (let i = 0; i < bin.length; i++) {
      if (same[i]) counts.genuine[bin[i]!]! += weights[a[i]!]!;
      else counts.impostor[bin[i]!]! += weights[a[i]!]! * weights[b[i]!]!;
    }
    return counts;
  };
  const whole = counted(new Uint8Array(people).fill(1));
  const values = figuresOf(whole, rates);
  const [byPerson, byPair]: [number[][], number[][]] = [[], []];
  for (let i = 0; i < draws; i++) {
    byPerson.push(figuresOf(counted(drawCounts(people, random)), rates));
    const impostor = whole.impostor.map((count) => poisson(count, random));
    byPair.push(figuresOf({ genuine: whole.genuine, impostor }, rates));
  }
  const [eer, ...tarAtFar] = values.map((value, k) => {
    const column = (rows: readonly number[][]): number[] => rows.map((row) => row[k]!);
    return intervalOfDraws(value, column(byPerson), column(byPair), confidence);
  });
  return { eer: eer!, tarAtFar };
}

/** Weights by bin, scores rising. */
type Counts = { readonly genuine: Float64Array; readonly impostor: Float64Array };

const larger = (x: number, y: number): number => Math.max(x, y);

/** Rising, each once. A score falls into the bin above the last edge that it reaches. */
function edgesOf({ genuine, impostor }: SortedScores): Float64Array {
  const edges = new Set<number>();
  for (const list of [genuine, impostor])
    for (let i = 0; i < EDGES; i++) edges.add(list[Math.floor((i * list.length) / EDGES)]!);
  for (let i = 1; i <= Math.min(EDGES, impostor.length); i++) edges.add(impostor[impostor.length - i]!);
  // Between there and the evenly spaced ones, steps of a thousandth.
  for (let i = EDGES; i < impostor.length; i = Math.ceil(i * 1.001)) edges.add(impostor[impostor.length - i]!);
  return Float64Array.from(edges).sort();
}

/** How many edges a score reaches. */
function binOf(edges: Float64Array, score: number): number {
  let [low, high] = [0, edges.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (edges[middle]! <= score) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The equal error rate, then TAR at each rate; NaN where a kind has no weight. */
function figuresOf({ genuine, impostor }: Counts, rates: readonly number[]): number[] {
  const sum = (list: Float64Array): number => list.reduce((total, x) => total + x, 0);
  const [all, others] = [sum(genuine), sum(impostor)];
  if (all === 0 || others === 0) return [Number.NaN, ...rates.map(() => Number.NaN)];
  const tar = rates.map(() => 0);
  let [eer, accepted, wrong, tarBefore, farBefore] = [Number.NaN, 0, 0, 0, 0];
  for (let i = genuine.length - 1; i >= 0; i--) {
    accepted += genuine[i]!;
    wrong += impostor[i]!;
    const [far, own] = [wrong / others, accepted / all];
    rates.forEach((rate, k) => {
      if (far <= rate * (1 + 1e-12)) tar[k] = own;
    });
    const excess = far + own - 1;
    if (Number.isNaN(eer) && excess >= 0) {
      const before = farBefore + tarBefore - 1;
      eer = farBefore + (before / (before - excess)) * (far - farBefore);
    }
    [tarBefore, farBefore] = [own, far];
  }
  return [eer, ...tar];
}

/** A Poisson number: exactly for a small mean, by a rounded normal one for a large. */
function poisson(mean: number, random: Random): number {
  if (mean > 50) return Math.max(0, Math.round(mean + Math.sqrt(mean) * random.normal()));
  let [count, product] = [0, random.uniform()];
  const limit = Math.exp(-mean);
  while (product > limit) {
    count++;
    product *= random.uniform();
  }
  return count;
}
