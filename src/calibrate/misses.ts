import { type Interval, quantile } from "../metrics/bootstrap.ts";
import { createRandom } from "../tensor/random.ts";
import type { CohortRows } from "./cohort.ts";
import type { Weighted } from "./probability.ts";

/** How many enrolled people have 1, 2, 3 … templates: entry j − 1 counts those with j. */
export type TemplateCounts = readonly number[];

const DRAWS = 500;

/** People of the cohort whom a figure needs, where so many have photographs enough. */
const LEAST_PEOPLE = 10;

/**
 * The share of visits of enrolled people that do not get their own name, told from the cohort's people with two images or
 * more: each image is a visit, as many of the person's others as an enrolled person has are the templates (see levelsOf).
 * A visit counts as missed as well where somebody enrolled is nearer.
 *
 * @param best of each row, the similarity to the likest enrolled person.
 * @param templates of the people who come: each of them once.
 * @returns 95 %, the draw of those visits and of the cohort's people; `null` where nobody of the cohort has two images, or
 * nobody is enrolled.
 */
export function expectedMisses(
  cohort: CohortRows,
  best: ArrayLike<number>,
  threshold: number,
  templates: TemplateCounts,
  seed = 1,
): Interval | null {
  const levels = levelsOf(cohort, templates, () => true);
  if (levels.length === 0) return null;
  const missed = levels.map(({ drawn, rows, people, visits, share }) => {
    const shares = new Float64Array(people);
    for (const { row, person, weight } of rows) {
      const own = cohort.own[row]!;
      const needed = Math.max(threshold, best[row]!);
      const below = own.findIndex((score) => score >= needed);
      shares[person]! += weight * allBelow(below === -1 ? own.length : below, own.length, drawn);
    }
    return { shares, visits, share };
  });
  const value = missed.reduce((sum, { shares, share }) => sum + share * mean(shares), 0);
  const enrolled = templates.reduce((sum, count) => sum + count, 0);
  const random = createRandom(seed);
  const any = (from: ArrayLike<number>): number => from[Math.floor(random.uniform() * from.length)]!;
  const drawn = Array.from({ length: DRAWS }, () => {
    let count = 0;
    for (const { shares, visits } of missed) {
      const others = shares.map(() => any(shares));
      for (let i = 0; i < visits; i++) if (random.uniform() < any(others)) count++;
    }
    return count / enrolled;
  }).sort((a, b) => a - b);
  return { value, low: Math.min(value, quantile(drawn, 0.025)), high: Math.max(value, quantile(drawn, 0.975)) };
}

/** What an enrolled visitor scores to their own person, each visitor counting once: see expectedMisses. */
export function mateScores(
  cohort: CohortRows,
  templates: TemplateCounts,
  people: (person: number) => boolean,
): Weighted {
  const levels = levelsOf(cohort, templates, people);
  const most = Math.max(0, ...levels.map((level) => level.people));
  const scores: number[] = [];
  const weights: number[] = [];
  for (const level of levels) {
    for (const { row, weight } of level.rows) {
      const own = cohort.own[row]!;
      own.forEach((score, r) => {
        const isBest = allBelow(r + 1, own.length, level.drawn) - allBelow(r, own.length, level.drawn);
        scores.push(score);
        // So many people in all as there are to tell from.
        weights.push((weight * isBest * level.share * most) / level.people);
      });
    }
  }
  return { scores, weights };
}

/** Visits of people with one number of templates, and who of the cohort stands for them. */
type Level = {
  /** How many people come, and their share of all. */
  readonly visits: number;
  readonly share: number;
  /** So many of a person's other images are enrolled. */
  readonly drawn: number;
  readonly people: number;
  /** People are numbered from 0; weights are their images' parts, one in all for a person. */
  readonly rows: readonly { readonly row: number; readonly person: number; readonly weight: number }[];
};

/**
 * For people with n templates stand those of the cohort with n images besides the visit; where they are fewer than 10, those
 * with the largest number that 10 have, all of it enrolled: told too pessimistically, as one has fewer templates then.
 */
function levelsOf(
  { own, person }: CohortRows,
  templates: TemplateCounts,
  among: (person: number) => boolean,
): readonly Level[] {
  const othersOf = new Map<number, number>();
  own.forEach((others, row) => {
    if (others.length > 0 && among(person[row]!)) othersOf.set(person[row]!, others.length);
  });
  const enrolled = templates.reduce((sum, count) => sum + count, 0);
  if (othersOf.size === 0 || enrolled === 0) return [];
  const withAtLeast = (n: number) => [...othersOf].filter(([, others]) => others >= n).map(([p]) => p);
  let most = 1;
  while (withAtLeast(most + 1).length >= LEAST_PEOPLE) most++;
  const visitsBy = new Map<number, number>();
  for (const [j, visits] of templates.entries()) {
    const drawn = Math.min(j + 1, most);
    if (visits > 0) visitsBy.set(drawn, (visitsBy.get(drawn) ?? 0) + visits);
  }
  return Array.from(visitsBy, ([drawn, visits]): Level => {
    const numbers = new Map(withAtLeast(drawn).map((p, i) => [p, i]));
    const rows = own.flatMap((others, row) => {
      const number = numbers.get(person[row]!);
      return number === undefined ? [] : [{ row, person: number, weight: 1 / (others.length + 1) }];
    });
    return { visits, share: visits / enrolled, drawn, people: numbers.size, rows };
  });
}

function mean(values: Float64Array): number {
  return values.reduce((sum, x) => sum + x, 0) / values.length;
}

/** How likely `drawn` of n things, drawn without putting back, are all among the `below` lowest. */
function allBelow(below: number, n: number, drawn: number): number {
  let p = 1;
  for (let i = 0; i < drawn; i++) p *= Math.max(0, below - i) / (n - i);
  return p;
}
