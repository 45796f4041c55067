import { bootstrapByPerson, type Interval } from "../metrics/bootstrap.ts";
import { crowdRates } from "../metrics/crowd-rates.ts";
import { openSetCurve, tpirAtFpir } from "../metrics/identification.ts";
import { rareErrors } from "../metrics/rare-errors.ts";
import { farSupport } from "../metrics/roc.ts";
import { tpirOverRivals } from "../metrics/top-rivals.ts";
import type { TopScores } from "../metrics/top-scores.ts";
import { weightedRoc } from "../metrics/weighted-roc.ts";
import type { Figure } from "./evaluation.ts";

const RANKS = [1, 5, 10];
const FPIR_TARGETS = { "1e-1": 1e-1, "1e-2": 1e-2, "1e-3": 1e-3 };
/** Those that IJB's script tells. */
const CLOSED_TARGETS = { "1e-1": 1e-1, "1e-2": 1e-2 };
/** As many of a crowd's scores as the rarest rate needs are kept; for all rates that need no more, TAR is told. */
const CROWD_TARGETS = { "1e-3": 1e-3, "1e-4": 1e-4, "1e-5": 1e-5, "1e-6": 1e-6 };

/** Draws of the bootstrap times scores: a second or two. */
const BOOTSTRAP_WORK = 3e7;

export type SearchResult = {
  /** The mate's place, 1 the best; 0 for an unknown visitor. */
  readonly rank: Uint32Array;
  readonly mate: Float64Array;
  readonly rival: Float64Array;
  /** Who each probe is of, numbered from 0. */
  readonly person: Uint32Array;
  /** The highest scores of probes with others than their mates, each with the probe's person. */
  readonly top: TopScores;
  /** The same with distractors alone, each probe's picture once; `null` without distractors. */
  readonly crowd: Crowd | null;
};

export type Crowd = {
  readonly top: TopScores;
  /** Pairs of a probe and a distractor, by the probe's person. */
  readonly pairs: Float64Array;
};

/**
 * Rank rates; among distractors TAR at FAR, MegaFace's verification; and the rate of right names at a rate of wrong ones: with
 * unknown visitors among the probes by openSetCurve, where everybody is known as tpirOverRivals. Intervals are by person: a
 * person's probes count together; whom they are sought among stays as it is.
 */
export function searchFigures(result: SearchResult): Figure[] {
  const { rank, person } = result;
  const known = [...rank.keys()].filter((i) => rank[i] !== 0);
  const people = new Set(known.map((i) => person[i]!)).size;
  const rows = [
    ...rankRows(result, known),
    ...(result.crowd ? crowdRows(result, result.crowd, known) : []),
    ...(known.length === rank.length ? closedRows(result) : openRows(result)),
  ];
  const { of, weigh } = drawsOf(result);
  const length = rank.length + result.top.scores.length + (result.crowd?.top.scores.length ?? 0);
  const intervals = bootstrapByPerson(of, (weights) => rows.map(({ draw }) => draw(weigh(weights))), {
    draws: Math.max(100, Math.min(1000, Math.floor(BOOTSTRAP_WORK / (length * rows.length)))),
  });
  return rows.map(({ figure }, k): Figure => {
    const { value } = figure;
    if (value === null) return { ...figure, interval: null };
    const { low, high } = rareErrors(around(intervals[k]!, value), people);
    return { ...figure, interval: Number.isFinite(low) && Number.isFinite(high) ? [low, high] : null };
  });
}

/** A figure, and what it is where people count by weights, one a person's number. */
type Row = { readonly figure: Omit<Figure, "interval">; readonly draw: (weights: Float64Array) => number };

const around = ({ low, high }: Interval, value: number): Interval => {
  return { value, low: Math.min(low, value), high: Math.max(high, value) };
};

/** One entry a person who has probes, for the bootstrap to draw from, and their weights spread over all people's numbers. */
function drawsOf({ person }: SearchResult) {
  const people = [...new Set(person)];
  const own = people.map((_, k) => k);
  const most = people.reduce((largest, one) => Math.max(largest, one), 0);
  return {
    of: { a: own, b: own },
    weigh(weights: Float64Array): Float64Array {
      const spread = new Float64Array(most + 1);
      people.forEach((one, k) => {
        spread[one] = weights[k]!;
      });
      return spread;
    },
  };
}

function rankRows({ rank, person }: SearchResult, known: readonly number[]): Row[] {
  return RANKS.map((limit) => {
    const draw = (weights: Float64Array): number => {
      let [sum, all] = [0, 0];
      for (const i of known) {
        const weight = weights[person[i]!]!;
        if (rank[i]! <= limit) sum += weight;
        all += weight;
      }
      return sum / all;
    };
    const value = known.filter((i) => rank[i]! <= limit).length / known.length;
    return { figure: { name: `rank-${limit}`, value, better: "higher" }, draw };
  });
}

function crowdRows({ mate, person }: SearchResult, { top, pairs }: Crowd, known: readonly number[]): Row[] {
  const genuine = { scores: known.map((i) => mate[i]!), owners: known.map((i) => person[i]!) };
  const rates = crowdRates({ genuine, top, impostors: pairs });
  const all = pairs.reduce((sum, count) => sum + count, 0);
  const once = new Float64Array(pairs.length).fill(1);
  return Object.entries(CROWD_TARGETS).flatMap(([name, far]): Row[] => {
    const support = farSupport(all, far);
    const [value] = support === "no" ? [null] : rates(once, [far]);
    if (value === undefined || Number.isNaN(value)) return [];
    const figure = { name: `TAR@FAR=${name}`, value, better: "higher" } as const;
    return [
      {
        figure: { ...figure, ...(support === "roughly" && { support }) },
        draw: value === null ? () => Number.NaN : (weights) => rates(weights, [far])[0]!,
      },
    ];
  });
}

function openRows({ rank, mate, rival, person }: SearchResult): Row[] {
  const curve = openSetCurve({ rank, mate, rival });
  const unknown = Array.from(rank, (place) => place === 0);
  // A known person's probe that somebody else stands before gets no right name at any threshold.
  const never = -2;
  const scores = Float64Array.from(rank, (place, i) => (place === 0 ? rival[i]! : place === 1 ? mate[i]! : never));
  const roc = weightedRoc({ scores, same: unknown.map((is) => !is) });
  return Object.entries(FPIR_TARGETS).map(([name, target]) => {
    const point = tpirAtFpir(curve, target);
    const support = farSupport(curve.unmated, target);
    return {
      figure: {
        name: `TPIR@FPIR=${name}`,
        value: point?.tpir ?? null,
        better: "higher",
        ...(point && Number.isFinite(point.threshold) && { threshold: point.threshold }),
        ...(support === "roughly" && { support }),
      },
      draw: (weights) =>
        point === null
          ? Number.NaN
          : roc(
              Float64Array.from(person, (one) => weights[one]!),
              [target],
            )[1]!,
    };
  });
}

function closedRows({ mate, person, top }: SearchResult): Row[] {
  const searches = new Float64Array(person.reduce((largest, one) => Math.max(largest, one), 0) + 1);
  for (const one of person) searches[one]!++;
  const rates = crowdRates({ genuine: { scores: mate, owners: person }, top, impostors: searches });
  return Object.entries(CLOSED_TARGETS).flatMap(([name, target]): Row[] => {
    if (top.scores.length < Math.ceil(mate.length * target)) return [];
    const { tpir, threshold } = tpirOverRivals(mate, top.scores, target);
    const support = farSupport(mate.length, target) === "yes" ? {} : ({ support: "roughly" } as const);
    const figure = { name: `TPIR@FPIR=${name}`, value: tpir, better: "higher", threshold, ...support } as const;
    return [{ figure, draw: (weights) => rates(weights, [target])[0]! }];
  });
}

/** How many of a crowd's scores are worth keeping: those that the rates need which need no more than so many. */
export function crowdKept(pairs: number): number {
  const MOST = 200_000;
  const needed = Object.values(CROWD_TARGETS).map((far) => Math.floor(pairs * far) + 1);
  // Draws of people weigh some scores twice and others not at all.
  return 2 * Math.max(1, ...needed.filter((count) => count <= MOST));
}
