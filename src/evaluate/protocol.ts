import type { PairSet } from "../data/pair-set.ts";
import { expected } from "../errors.ts";
import { equalErrorRate, type OperatingPoint, type RocCurve, rocCurve, tarAtFar } from "../metrics/roc.ts";
import { type FoldResult, kFoldAccuracy } from "../metrics/verification.ts";
import { dot } from "../tensor/vector.ts";
import { type EmbedAllOptions, embedAll } from "./embed-all.ts";

export type EvaluatePairsOptions = EmbedAllOptions & { readonly pairSet: PairSet };

/** The rates TAR is told at, by the names they have in reports. */
const RATES = { "1e-2": 1e-2, "1e-3": 1e-3 } as const;

/** What `arcface evaluate --json` prints. Rates are fractions. */
export type EvaluationReport = {
  /** Mean over folds, and the population standard deviation. */
  readonly accuracy: number;
  readonly std: number;
  /** Cosine: the mean of the folds' thresholds. */
  readonly threshold: number;
  /** TAR over all pairs at those false-accept rates; `null` where there are too few impostor pairs to tell. */
  readonly tarAtFar: Readonly<Record<keyof typeof RATES, number | null>>;
  /** Images in which no face was found. */
  readonly missed: number;
  readonly images: number;
  readonly pairs: number;
  /** Wall time of this run; what came from a cache took none. */
  readonly seconds: number;
};

export type PairEvaluation = EvaluationReport & {
  readonly eer: number;
  readonly folds: readonly FoldResult[];
  readonly roc: RocCurve;
  readonly operatingPoints: Readonly<Record<keyof typeof RATES, OperatingPoint | null>>;
  /** Cosine of each pair, in order; −1 where a face was missed. */
  readonly scores: Float64Array;
  /** Images whose embedding the cache had. */
  readonly fromCache: number;
};

/**
 * Measure verification on a pair set: embed every image once, score pairs by cosine, and compute the field's k-fold
 * accuracy and TAR at FAR over all pairs.
 *
 * A pair with an image in which no face was found scores −1: it counts as different people, rightly or wrongly.
 *
 * @throws {ArcfaceError} INVALID_ARGUMENT for a pair set that cannot be measured (before anything is embedded), and as
 * embedAll.
 */
export async function evaluatePairs(options: EvaluatePairsOptions): Promise<PairEvaluation> {
  const { pairSet } = options;
  const { images, pairs } = pairSet;
  const same = pairs.map((pair) => pair.same);
  const fold = pairs.map((pair) => pair.fold);
  checkPairs(pairSet);
  const start = performance.now();
  const { embeddings, fromCache } = await embedAll(images, options);
  const scores = Float64Array.from(pairs, ({ a, b }) => {
    const [first, second] = [embeddings[a], embeddings[b]];
    return first && second ? dot(first, second) : -1;
  });
  const { accuracy, std, threshold, folds } = kFoldAccuracy({ scores, same, fold });
  const roc = rocCurve({ scores, same });
  const operatingPoints = { "1e-2": tarAtFar(roc, RATES["1e-2"]), "1e-3": tarAtFar(roc, RATES["1e-3"]) };
  return {
    accuracy,
    std,
    threshold,
    tarAtFar: { "1e-2": operatingPoints["1e-2"]?.tar ?? null, "1e-3": operatingPoints["1e-3"]?.tar ?? null },
    missed: embeddings.filter((embedding) => embedding === null).length,
    images: images.length,
    pairs: pairs.length,
    seconds: (performance.now() - start) / 1000,
    eer: equalErrorRate(roc),
    folds,
    roc,
    operatingPoints,
    scores,
    fromCache,
  };
}

/** The part of an evaluation that reports hold, without curves and scores. */
export function toReport(evaluation: PairEvaluation): EvaluationReport {
  const { accuracy, std, threshold, tarAtFar, missed, images, pairs, seconds } = evaluation;
  return { accuracy, std, threshold, tarAtFar, missed, images, pairs, seconds };
}

/** All that would make the measurement fail at its end, an hour later. */
function checkPairs({ name, images, pairs }: PairSet): void {
  const outside = pairs.findIndex(({ a, b }) => images[a] === undefined || images[b] === undefined);
  if (outside !== -1) throw expected(name, `images 0 to ${images.length - 1}`, `another in pair ${outside}`);
  kFoldAccuracy({
    scores: new Float64Array(pairs.length),
    same: pairs.map((pair) => pair.same),
    fold: pairs.map((pair) => pair.fold),
  });
}
