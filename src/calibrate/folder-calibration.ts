import { expected } from "../errors.ts";
import type { Interval } from "../metrics/bootstrap.ts";
import { farSupport } from "../metrics/roc.ts";
import { createRandom } from "../tensor/random.ts";
import { fitProbability, type ProbabilityMap, type Reliability, reliability, type Weighted } from "./probability.ts";
import { type LabelledEmbeddings, numberPeople, type ScorePairsOptions, scorePairs } from "./score-pairs.ts";
import { createTailList } from "./tail-list.ts";
import { tarInterval, thresholdInterval } from "./threshold-intervals.ts";

export type CalibratedThreshold = {
  readonly falseAcceptRate: number;
  /** Can so many pairs tell that rate? See farSupport: `roughly` deserves a warning. */
  readonly support: "roughly" | "yes";
  /** Cosine, a multiple of RESOLUTION: at or above it is "the same person". The lowest such that keeps the rate. */
  readonly threshold: number;
  /** Where the threshold of that rate lies among people like these: 95 %, by a bootstrap over people. */
  readonly interval: readonly [number, number];
  /** The rate met, at most the one asked for. */
  readonly measuredRate: number;
  /** True accepts of all genuine pairs at that threshold; `null` where no person has two images. */
  readonly tar: Interval | null;
};

/** A probability map with what it says and what was so of people that it was not fitted on. */
export type CheckedProbability = {
  readonly map: ProbabilityMap;
  readonly reliability: Reliability;
  readonly fittedOn: number;
  readonly checkedOn: number;
};

export type FolderCalibration = {
  readonly images: number;
  readonly people: number;
  readonly genuinePairs: number;
  readonly impostorPairs: number;
  /** Rates that so many impostor pairs can tell (half a false accept expected, at least), as asked for. */
  readonly thresholds: readonly CalibratedThreshold[];
  /** `null` where too few people have two images. */
  readonly probability: CheckedProbability | null;
  /** The likest pairs of different people, by index, the likest first: somebody may be there under two names. */
  readonly likest: readonly { readonly a: number; readonly b: number; readonly similarity: number }[];
};

export type FolderCalibrationOptions = ScorePairsOptions & {
  /** Default 1e-3, 1e-4, 1e-5, 1e-6. */
  readonly rates?: readonly number[];
  /** Of the bootstrap. Default 500. */
  readonly draws?: number;
  /** Of the bootstrap, and of who is fitted on and who is checked. Default 1. */
  readonly seed?: number;
};

/** The width of the histogram's bins, in cosine. */
export const RESOLUTION = 1e-5;

const BINS = 200_001;
const COARSE = 200;
const LIKEST = 10;
/** People with two images in each half, below which a fit or its check says nothing. */
const LEAST_PEOPLE = 5;

/**
 * Score every pair of images of labelled people: thresholds for false-accept rates, with intervals, and a map from
 * similarity to probability, fitted on one half of the people and checked on the other.
 *
 * Scores are counted in bins of 1e-5, so a threshold is at most that much above the lowest that keeps its rate; rates
 * are exact at the threshold given.
 *
 * @throws {ArcfaceError} INVALID_ARGUMENT where there are fewer than two people, lengths differ, or an embedding is not
 * L2-normalised; CANCELLED.
 */
export async function calibrateFolder(
  { embeddings, labels }: LabelledEmbeddings,
  { rates = [1e-3, 1e-4, 1e-5, 1e-6], draws = 500, seed = 1, ...options }: FolderCalibrationOptions = {},
): Promise<FolderCalibration> {
  const where = "calibration";
  const n = embeddings.length;
  if (labels.length !== n) throw expected(where, `${n} labels, one an embedding`, `${labels.length}`);
  const badRate = rates.find((rate) => !(rate > 0 && rate < 1));
  if (badRate !== undefined) throw expected(where, "rates between 0 and 1", `${badRate}`);
  const { person, people } = numberPeople(labels);
  if (people < 2) throw expected(where, "images of two people or more", `${people}`);
  const random = createRandom(seed);
  const half = Uint8Array.from({ length: people }, () => (random.uniform() < 0.5 ? 0 : 1));

  const genuine = new Float64Array(BINS);
  const impostor = new Float64Array(BINS);
  const halves = [0, 1].map(() => ({ genuine: new Float64Array(COARSE), impostor: new Float64Array(COARSE) }));
  const tail = createTailList(Math.max(...rates));
  const ownPairs: { person: number; score: number }[] = [];
  await scorePairs(
    where,
    embeddings,
    (i, j, score) => {
      const [p, q] = [person[i]!, person[j]!];
      const same = p === q;
      (same ? genuine : impostor)[binOf(score, 1e5, BINS)]!++;
      if (half[p] === half[q]) halves[half[p]!]![same ? "genuine" : "impostor"][binOf(score, COARSE / 2, COARSE)]!++;
      if (same) ownPairs.push({ person: p, score });
      else tail.add(score, i, j);
    },
    options,
  );
  const genuinePairs = ownPairs.length;
  const impostorPairs = impostor.reduce((a, b) => a + b);
  const counts = new Float64Array(people);
  for (const p of person) counts[p]!++;
  const { scores, pairs } = tail.sorted();
  const whose = (side: 0 | 1) => pairs.map((pair) => person[pair[side]]!);
  const likest = { scores, a: whose(0), b: whose(1), images: counts };

  const thresholds = rates.flatMap((falseAcceptRate): CalibratedThreshold[] => {
    const support = farSupport(impostorPairs, falseAcceptRate);
    if (support === "no") return [];
    const { bin, accepted } = lowestBin(impostor, impostorPairs * falseAcceptRate * (1 + 1e-12));
    const threshold = Math.round(bin * RESOLUTION * 1e5 - 1e5) / 1e5;
    return [
      {
        falseAcceptRate,
        support,
        threshold,
        interval: thresholdInterval(likest, falseAcceptRate, threshold, { draws, seed }),
        measuredRate: accepted / impostorPairs,
        tar: genuinePairs === 0 ? null : tarInterval(ownPairs, people, threshold, { draws, seed }),
      },
    ];
  });
  return {
    images: n,
    people,
    genuinePairs,
    impostorPairs,
    thresholds,
    probability: checkedProbability(halves, ownPairs, half),
    likest: pairs.slice(0, LIKEST).map(([a, b], i) => ({ a, b, similarity: scores[i]! })),
  };
}

type Halves = readonly { readonly genuine: Float64Array; readonly impostor: Float64Array }[];

/** Fitted on the first half of the people, checked on the other. */
function checkedProbability(
  [first, second]: Halves,
  ownPairs: readonly { readonly person: number }[],
  half: Uint8Array,
): CheckedProbability | null {
  const paired = new Set(ownPairs.map(({ person }) => person));
  const [fittedOn, checkedOn] = [0, 1].map((which) => [...paired].filter((p) => half[p] === which).length);
  if (fittedOn! < LEAST_PEOPLE || checkedOn! < LEAST_PEOPLE) return null;
  const map = fitProbability(centres(first!.genuine), centres(first!.impostor));
  const checked = reliability(map, centres(second!.genuine), centres(second!.impostor));
  return { map, reliability: checked, fittedOn: fittedOn!, checkedOn: checkedOn! };
}

/** A histogram of COARSE bins as scores with weights. */
function centres(counts: Float64Array): Weighted {
  return { scores: counts.map((_, bin) => (2 * (bin + 0.5)) / COARSE - 1), weights: counts };
}

/** Of bins of one width from −1 up, each from its lower edge up to, not including, the next. */
function binOf(score: number, perCosine: number, bins: number): number {
  return Math.max(0, Math.min(bins - 1, Math.floor((score + 1) * perCosine)));
}

/** The lowest bin from which on at most `allowed` scores lie. */
function lowestBin(counts: Float64Array, allowed: number): { bin: number; accepted: number } {
  let accepted = 0;
  for (let bin = counts.length - 1; bin >= 0; bin--) {
    if (accepted + counts[bin]! > allowed) return { bin: bin + 1, accepted };
    accepted += counts[bin]!;
  }
  return { bin: 0, accepted };
}
