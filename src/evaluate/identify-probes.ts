import type { TestSearch } from "../data/test-set.ts";
import { expected, throwIfCancelled } from "../errors.ts";
import { cmc } from "../metrics/identification.ts";
import { topScores } from "../metrics/top-scores.ts";
import { dot } from "../tensor/vector.ts";
import type { Figure, Identified } from "./evaluation.ts";
import { crowdKept, searchFigures } from "./search-figures.ts";

const RANKS = 50;

export type IdentifyProbesOptions = {
  /** A number from 0 for each template: who it is of. */
  readonly people: Uint32Array;
  readonly signal?: AbortSignal | undefined;
};

/** @throws {ArcfaceError} INVALID_ARGUMENT where there is nobody to seek, or nobody among whom. */
export function checkSearch(name: string, { probes, mates, gallery }: TestSearch): void {
  if (probes.length === 0 || gallery.length === 0) {
    throw expected(name, "probes and a gallery", `${probes.length} and ${gallery.length} templates`);
  }
  if (mates.every((mate) => mate === -1)) throw expected(name, "probes of people in the gallery", "none");
}

/**
 * Seek every probe among the gallery and its mate. A template without an embedding scores −1 with everything; a mate's rank counts
 * those who score as high before it.
 *
 * @param rows L2-normalised, one a template; `null` where there is none.
 * @throws {ArcfaceError} as checkSearch; CANCELLED.
 */
export function identifyProbes(
  search: TestSearch,
  rows: readonly (Float32Array | null)[],
  { people, signal }: IdentifyProbesOptions,
): { identified: Identified; figures: Figure[] } {
  checkSearch("search", search);
  const { probes, mates, gallery, distractors } = search;
  const n = probes.length;
  const score = (a: number, b: number): number => {
    const [x, y] = [rows[a], rows[b]];
    return x && y ? Math.max(-1, Math.min(1, dot(x, y))) : -1;
  };
  const known = gallery.length - distractors;
  const steps = stepsTo(distractors);
  const before = steps.map(() => 0);
  const [rank, mateScore] = [new Uint32Array(n), new Float64Array(n).fill(-1)];
  const nearest = new Uint32Array(n);
  const nearestScore = new Float64Array(n).fill(-Infinity);
  // Twice what is read: see crowdRates.
  const top = topScores(Math.max(2, Math.ceil(n / 5)));
  const person = probes.map((probe) => people[probe]!);
  const crowd = distractors > 0 ? crowdOf(new Set(probes).size, distractors, person) : null;
  const seen = new Set<number>();
  for (let i = 0; i < n; i++) {
    throwIfCancelled(signal, "searching");
    const [probe, mate] = [probes[i]!, mates[i]!];
    const own = mate === -1 ? Number.POSITIVE_INFINITY : score(probe, mate);
    let ahead = 0;
    let step = 0;
    // A picture that is sought by several of one person meets the crowd once.
    const meets = crowd && !seen.has(probe) ? crowd : null;
    seen.add(probe);
    meets?.met(person[i]!);
    const first = (): number => Number(ahead === 0 && mate !== -1);
    for (let k = 0; k < gallery.length; k++) {
      const other = gallery[k]!;
      if (k - known === steps[step]) before[step++]! += first();
      if (other === mate || other === probe) continue;
      const similarity = score(probe, other);
      top.offer(similarity, person[i]!);
      if (k >= known) meets?.top.offer(similarity, person[i]!);
      if (similarity >= own) ahead++;
      if (similarity > nearestScore[i]!) [nearest[i], nearestScore[i]] = [other, similarity];
    }
    if (step < steps.length) before[step]! += first();
    if (mate !== -1) [rank[i], mateScore[i]] = [ahead + 1, own];
  }
  const isKnown = (i: number): boolean => mates[i] !== -1;
  const knownProbes = mates.filter((mate) => mate !== -1).length;
  return {
    identified: {
      enrolled: gallery.length,
      distractors,
      probes: {
        probe: [...probes],
        mate: Array.from(mates, (mate) => (mate === -1 ? null : mate)),
        rank: Array.from(rank, (place, i) => (isKnown(i) && rows[probes[i]!] ? place : null)),
        mateScore: Array.from(mateScore, (value, i) => (isKnown(i) ? value : null)),
        nearest: [...nearest],
        nearestScore: [...nearestScore],
      },
      cmc: [...cmc({ rank }, Math.min(RANKS, gallery.length))],
      byDistractors: steps.map((count, k) => ({ distractors: count, rank1: before[k]! / knownProbes })),
    },
    figures: searchFigures({
      rank,
      mate: mateScore,
      rival: nearestScore,
      person,
      top: top.falling(),
      crowd: crowd && { top: crowd.top.falling(), pairs: crowd.pairs },
    }),
  };
}

/** 10, 100, 1,000 … and all. */
function stepsTo(distractors: number): number[] {
  const steps: number[] = [];
  for (let count = 10; count < distractors; count *= 10) steps.push(count);
  return distractors > 0 ? [...steps, distractors] : steps;
}

/** Scores of probes with distractors. */
function crowdOf(probes: number, distractors: number, person: Uint32Array) {
  const pairs = new Float64Array(person.reduce((largest, one) => Math.max(largest, one), 0) + 1);
  return {
    top: topScores(crowdKept(probes * distractors)),
    pairs,
    /** A probe of that person's is compared with all of them. */
    met(one: number): void {
      pairs[one]! += distractors;
    },
  };
}
