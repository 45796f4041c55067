import { bootstrapByPerson } from "../metrics/bootstrap.ts";
import { openSetCurve, type Searches, tpirAtFpir } from "../metrics/identification.ts";
import { tpirOverRivals } from "../metrics/top-rivals.ts";
import type { Figure } from "./evaluation.ts";

const RANKS = [1, 5, 10];
const FPIR_TARGETS = { "1e-1": 1e-1, "1e-2": 1e-2, "1e-3": 1e-3 };
/** Those that IJB's script tells. */
const CLOSED_TARGETS = { "1e-1": 1e-1, "1e-2": 1e-2 };

export type SearchResult = { readonly rank: Uint32Array; readonly mate: Float64Array; readonly rival: Float64Array } & {
  /** Who each probe is of. */
  readonly person: Uint32Array;
  /** The highest scores of probes with others than their mates, falling. */
  readonly top: readonly number[];
};

/**
 * Rank rates, and the rate of right names at a rate of wrong ones: with unknown visitors among the probes by openSetCurve;
 * where everybody is known, as tpirOverRivals. Intervals are by person; a person's probes count together.
 */
export function searchFigures(result: SearchResult): Figure[] {
  const { rank, person } = result;
  const known = [...rank.keys()].filter((i) => rank[i] !== 0);
  const numbers = new Map([...new Set(known.map((i) => person[i]!))].map((one, k) => [one, k]));
  const own = known.map((i) => numbers.get(person[i]!)!);
  const share =
    (limit: number) =>
    (weights: Float64Array): number => {
      let [sum, all] = [0, 0];
      known.forEach((i, k) => {
        if (rank[i]! <= limit) sum += weights[k]!;
        all += weights[k]!;
      });
      return sum / all;
    };
  const rates = RANKS.map(share);
  const intervals = bootstrapByPerson({ a: own, b: own }, (weights) => rates.map((rate) => rate(weights)), {
    draws: 200,
  });
  const ranks = RANKS.map((limit, k): Figure => {
    const { value, low, high } = intervals[k]!;
    const interval = Number.isFinite(low) && Number.isFinite(high) ? ([low, high] as const) : null;
    return { name: `rank-${limit}`, value, interval, better: "higher" };
  });
  return [...ranks, ...(known.length === rank.length ? closedSet(result) : openSet(result))];
}

function openSet(searches: Searches): Figure[] {
  const curve = openSetCurve(searches);
  return Object.entries(FPIR_TARGETS).map(([name, target]) => {
    const point = tpirAtFpir(curve, target);
    const threshold = point && Number.isFinite(point.threshold) ? { threshold: point.threshold } : {};
    return { name: `TPIR@FPIR=${name}`, value: point?.tpir ?? null, interval: null, better: "higher", ...threshold };
  });
}

function closedSet({ mate, top }: SearchResult): Figure[] {
  return Object.entries(CLOSED_TARGETS).flatMap(([name, target]): Figure[] => {
    if (top.length < Math.ceil(mate.length * target)) return [];
    const { tpir, threshold } = tpirOverRivals(mate, top, target);
    return [{ name: `TPIR@FPIR=${name}`, value: tpir, interval: null, better: "higher", threshold }];
  });
}
