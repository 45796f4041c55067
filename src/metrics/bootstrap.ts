import { expected } from "../errors.ts";
import { createRandom, type Random } from "../tensor/random.ts";
import { standardDeviation } from "./moments.ts";
import type { ScoredPairs } from "./pairs.ts";

/** Pairs with the person of each image, numbered from 0: `a[i]` and `b[i]` are the same where pair i is genuine. */
export type PeoplePairs = ScoredPairs & { readonly a: ArrayLike<number>; readonly b: ArrayLike<number> };

/** A figure and where its true value lies. */
export type Interval = { readonly value: number; readonly low: number; readonly high: number };

export type BootstrapOptions = {
  /** Default 1000. */
  readonly draws?: number;
  /** Default 1. The same seed gives the same interval. */
  readonly seed?: number;
  /** Default 0.95. */
  readonly confidence?: number;
};

/** Figures of the pairs, each counted as often as its weight says. NaN where such a draw has no answer. */
export type Statistics = (weights: Float64Array) => readonly number[];

/**
 * Confidence intervals by resampling people, not pairs: the pairs of one person rise and fall together, so an interval
 * over pairs would promise too much. Everybody is drawn with replacement; a pair of two people counts as often as the
 * product of how often each was drawn, a pair of one person as often as they were.
 *
 * That product alone varies three times as much as a pair drawn by itself, which where people have few pairs each makes
 * intervals too wide (Owen, "The pigeonhole bootstrap", Annals of Applied Statistics 1, 2007). What is too much, twice
 * the variance of drawing pairs of two people one by one, is measured and taken out: deviations shrink by that share.
 *
 * @param statistics first called with weights of 1: the values.
 * @returns an interval a figure, by percentiles; NaN at its ends where more than half of the draws have no answer.
 * @throws {ArcfaceError} INVALID_ARGUMENT for people that are missing or numbered wrongly, and for options.
 */
export function bootstrapByPerson(
  pairs: Pick<PeoplePairs, "a" | "b">,
  statistics: Statistics,
  { draws = 1000, seed = 1, confidence = 0.95 }: BootstrapOptions = {},
): Interval[] {
  const { a, b } = pairs;
  if (!(Number.isInteger(draws) && draws >= 20)) throw expected("bootstrap", "20 draws or more", `${draws}`);
  if (!(confidence > 0 && confidence < 1)) throw expected("bootstrap", "a confidence below 1", `${confidence}`);
  const people = countPeople(pairs);
  const random = createRandom(seed);
  const values = statistics(new Float64Array(a.length).fill(1));

  const byPerson = repeat(draws, () => {
    const drawn = drawCounts(people, random);
    return statistics(
      Float64Array.from(a, (person, i) => (person === b[i] ? drawn[person]! : drawn[person]! * drawn[b[i]!]!)),
    );
  });
  const crossing = Uint32Array.from({ length: a.length }, (_, i) => i).filter((i) => a[i] !== b[i]);
  const byPair = repeat(draws, () => {
    const weights = new Float64Array(a.length).fill(1);
    const drawn = drawCounts(crossing.length, random);
    crossing.forEach((pair, i) => {
      weights[pair] = drawn[i]!;
    });
    return statistics(weights);
  });

  return values.map((value, k) =>
    intervalOfDraws(
      value,
      byPerson.map((row) => row[k]!),
      byPair.map((row) => row[k]!),
      confidence,
    ),
  );
}

/**
 * The interval out of two bootstraps of one figure, as bootstrapByPerson has it.
 *
 * @param byPerson the figure in draws of people; NaN where a draw has no answer.
 * @param byPair the figure in draws of pairs of two people, everything else counting once.
 */
export function intervalOfDraws(
  value: number,
  byPerson: readonly number[],
  byPair: readonly number[],
  confidence: number,
): Interval {
  const drawn = byPerson.filter(Number.isFinite);
  if (drawn.length < byPerson.length / 2) return { value, low: Number.NaN, high: Number.NaN };
  const variance = standardDeviation(drawn) ** 2;
  const alone = byPair.filter(Number.isFinite);
  const tooMuch = alone.length < 2 ? 0 : 2 * standardDeviation(alone) ** 2;
  // No less than a third is left, whatever the draws' own noise says.
  const shrink = variance === 0 ? 1 : Math.sqrt(Math.max(1 / 3, 1 - tooMuch / variance));
  drawn.sort((x, y) => x - y);
  const end = (p: number): number => value + shrink * (quantile(drawn, p) - value);
  return { value, low: Math.min(value, end((1 - confidence) / 2)), high: Math.max(value, end((1 + confidence) / 2)) };
}

/** How often each of n is drawn in n draws with replacement. */
export function drawCounts(n: number, random: Random): Uint32Array {
  const counts = new Uint32Array(n);
  for (let i = 0; i < n; i++) counts[Math.floor(random.uniform() * n)]!++;
  return counts;
}

/** Of sorted values, between neighbours on a straight line, as numpy's default. */
export function quantile(sorted: ArrayLike<number>, p: number): number {
  const at = p * (sorted.length - 1);
  const below = Math.floor(at);
  const low = sorted[below]!;
  return low + (at - below) * ((sorted[below + 1] ?? low) - low);
}

function countPeople({ a, b }: Pick<PeoplePairs, "a" | "b">): number {
  if (a.length === 0 || a.length !== b.length)
    throw expected("bootstrap", "two people a pair", `${a.length} and ${b.length}`);
  let people = 0;
  for (const side of [a, b]) {
    for (let i = 0; i < side.length; i++) {
      const person = side[i]!;
      if (!(Number.isInteger(person) && person >= 0 && person <= 2 * a.length))
        throw expected("bootstrap", `a person's number from 0 for pair ${i}`, `${person}`);
      people = Math.max(people, person + 1);
    }
  }
  return people;
}

function repeat<T>(times: number, make: () => T): T[] {
  return Array.from({ length: times }, make);
}
