import { expected } from "../errors.ts";
import { mean, standardDeviation } from "./moments.ts";
import { countPairs, type ScoredPairs } from "./pairs.ts";

/** Pairs with the fold each belongs to, counted from 0 without gaps; `scores` are cosines of embeddings, −1…1. */
export type FoldedPairs = ScoredPairs & { readonly fold: ArrayLike<number> };

/** `threshold` is a cosine. */
export type FoldResult = { readonly accuracy: number; readonly threshold: number };

export type KFoldAccuracy = {
  /** Mean over folds, 0–1. */
  readonly accuracy: number;
  /** Population standard deviation over folds. */
  readonly std: number;
  /** Mean over folds of the threshold chosen for each, as a cosine. */
  readonly threshold: number;
  readonly folds: readonly FoldResult[];
};

export type ValAtFar = {
  /** Mean validation rate (true accepts of genuine pairs) over folds, and its population standard deviation. */
  readonly val: number;
  readonly std: number;
  /** Mean false-accept rate over the folds left out: what was met, where the target was asked for. */
  readonly far: number;
};

/** 0, step, 2·step …: the multiples that numpy's arange gives, which are not the nearest decimals. */
function grid(count: number, step: number): number[] {
  return Array.from({ length: count }, (_, i) => i * step);
}

const STEP = 0.01;
const DISTANCES = grid(400, STEP);

/**
 * Accuracy as the field reports it: for each fold, the threshold with the best accuracy on all others, applied to it.
 * Thresholds are squared L2 distances 0, 0.01 … 3.99 of unit vectors (d = 2 − 2·cosine); a pair is the same person where
 * d **<** threshold; of equally good thresholds the lowest distance counts.
 *
 * @throws {ArcfaceError} INVALID_ARGUMENT where there are fewer than two folds, a fold is empty, or scores are not cosines.
 * Source: insightface recognition/arcface_torch/eval/verification.py, `calculate_roc`.
 */
export function kFoldAccuracy(pairs: FoldedPairs): KFoldAccuracy {
  const count = countRight("k-fold accuracy", pairs);
  const { right, totals } = count(new Float64Array(pairs.scores.length).fill(1));
  const n = pairs.scores.length;
  const chosen = bestElsewhere(right);
  const rightAt = chosen.map((best, fold) => right[fold]![best]!);
  const accuracies = rightAt.map((rights, fold) => rights / totals[fold]!);
  const cosines = chosen.map((best) => 1 - DISTANCES[best]! / 2);
  return {
    // Whole numbers until the last division where folds are of one size: 5967 of 6000 is 0.9945, not a hair below.
    accuracy: rightAt.reduce((sum, rights, fold) => sum + rights * (n / totals[fold]!), 0) / (n * totals.length),
    std: standardDeviation(accuracies),
    threshold: mean(cosines),
    folds: accuracies.map((accuracy, fold) => ({ accuracy, threshold: cosines[fold]! })),
  };
}

/**
 * For each pair whether it is judged rightly at the threshold of its fold, as kFoldAccuracy judges: 1 or 0.
 *
 * @throws {ArcfaceError} INVALID_ARGUMENT as kFoldAccuracy.
 */
export function kFoldJudgements(pairs: FoldedPairs): Uint8Array {
  const { right } = countRight("k-fold accuracy", pairs)(new Float64Array(pairs.scores.length).fill(1));
  const limits = bestElsewhere(right).map((best) => DISTANCES[best]!);
  return Uint8Array.from(pairs.scores, (score, i) => {
    const accepted = 2 - 2 * score < limits[pairs.fold[i]!]!;
    return accepted === pairs.same[i] ? 1 : 0;
  });
}

/**
 * A function that answers kFoldAccuracy's accuracy for weights of the pairs. Folds without weight are left out; NaN where
 * none has any.
 *
 * @throws {ArcfaceError} INVALID_ARGUMENT as kFoldAccuracy.
 */
export function weightedAccuracy(pairs: FoldedPairs): (weights: Float64Array) => number {
  const count = countRight("k-fold accuracy", pairs);
  return (weights) => {
    const { right, totals } = count(weights);
    const accuracies = bestElsewhere(right).map((best, fold) => right[fold]![best]! / totals[fold]!);
    return mean(accuracies.filter((_, fold) => totals[fold]! > 0));
  };
}

/**
 * The field's VAL@FAR: for each fold, the distance threshold (of 0, 0.001 … 3.999) interpolated to the target rate on
 * the other folds, applied to it. Not TAR@FAR over all pairs (see roc.ts), which most papers mean. Where the rate stands
 * still over several thresholds at exactly the target, the largest distance of them counts, as with numpy's `interp`
 * (recent scipy refuses such input to the interpolation of the original).
 *
 * @throws {ArcfaceError} INVALID_ARGUMENT as kFoldAccuracy, and where a fold lacks pairs of either kind.
 * Source: insightface recognition/arcface_torch/eval/verification.py, `calculate_val`.
 */
export function kFoldValAtFar(pairs: FoldedPairs, target: number): ValAtFar {
  const where = "k-fold VAL@FAR";
  if (!(target > 0 && target < 1)) throw expected(where, "a target rate between 0 and 1", `${target}`);
  const folds = foldSizes(where, pairs);
  const distances = squaredDistances(where, pairs);
  const byFold = folds.map(() => ({ genuine: [] as number[], impostor: [] as number[] }));
  distances.forEach((d, i) => {
    byFold[pairs.fold[i]!]![pairs.same[i] ? "genuine" : "impostor"].push(d);
  });
  const lacking = byFold.findIndex(({ genuine, impostor }) => genuine.length === 0 || impostor.length === 0);
  if (lacking !== -1)
    throw expected(where, "pairs of one person and of two in every fold", `one kind in fold ${lacking}`);
  const thresholds = grid(4000, 0.001);
  const results = byFold.map(({ genuine, impostor }, fold) => {
    const others = byFold.flatMap((other, k) => (k === fold ? [] : other.impostor)).sort((a, b) => a - b);
    const threshold = interpolateThreshold(others, thresholds, target);
    return { val: shareBelow(genuine, threshold), far: shareBelow(impostor, threshold) };
  });
  const vals = results.map(({ val }) => val);
  return { val: mean(vals), std: standardDeviation(vals), far: mean(results.map(({ far }) => far)) };
}

/** Folds for pairs 0…n−1 in order, the first n mod k of them larger by one, as scikit-learn's unshuffled KFold. */
export function contiguousFolds(n: number, k: number): number[] {
  if (!(Number.isInteger(k) && k >= 2 && k <= n)) throw expected("folds", `2 to ${n} folds`, `${k}`);
  const small = Math.floor(n / k);
  const large = n % k;
  return Array.from({ length: k }, (_, fold) => Array<number>(small + (fold < large ? 1 : 0)).fill(fold)).flat();
}

/** What each fold judges rightly at each of DISTANCES, in weight, and its weight. */
type RightCounts = { readonly right: readonly Float64Array[]; readonly totals: readonly number[] };

function countRight(where: string, pairs: FoldedPairs): (weights: Float64Array) => RightCounts {
  const folds = foldSizes(where, pairs).length;
  const distances = squaredDistances(where, pairs);
  // The first threshold that accepts the pair; none does where it is the number of thresholds.
  const bins = Uint16Array.from(distances, (d) => {
    let t = Math.max(0, Math.min(DISTANCES.length, Math.floor(d / STEP) - 1));
    while (t < DISTANCES.length && !(d < DISTANCES[t]!)) t++;
    return t;
  });
  return (weights) => {
    // gain[fold][t]: what accepting from threshold t on makes right, less what it makes wrong.
    const gain = Array.from({ length: folds }, () => new Float64Array(DISTANCES.length + 1));
    const refused = new Float64Array(folds);
    const totals = new Array<number>(folds).fill(0);
    for (let i = 0; i < bins.length; i++) {
      const fold = pairs.fold[i]!;
      const weight = weights[i]!;
      totals[fold]! += weight;
      if (!pairs.same[i]) refused[fold]! += weight;
      gain[fold]![bins[i]!]! += pairs.same[i] ? weight : -weight;
    }
    const right = gain.map((own, fold) => {
      let sum = refused[fold]!;
      return own.subarray(0, DISTANCES.length).map((more) => {
        sum += more;
        return sum;
      });
    });
    return { right, totals };
  };
}

/** For each fold, the threshold that judges most of all others rightly, the first of equals. */
function bestElsewhere(right: readonly Float64Array[]): number[] {
  const all = right[0]!.map((_, t) => right.reduce((sum, row) => sum + row[t]!, 0));
  return right.map((own) => {
    let best = 0;
    for (let t = 1; t < own.length; t++) if (all[t]! - own[t]! > all[best]! - own[best]!) best = t;
    return best;
  });
}

function foldSizes(where: string, { scores, fold }: FoldedPairs): number[] {
  if (fold.length !== scores.length) throw expected(where, `${scores.length} folds, one a score`, `${fold.length}`);
  const sizes: number[] = [];
  for (let i = 0; i < fold.length; i++) {
    const f = fold[i]!;
    if (!Number.isInteger(f) || f < 0 || f >= fold.length) throw expected(where, `a fold number for pair ${i}`, `${f}`);
    sizes[f] = (sizes[f] ?? 0) + 1;
  }
  const empty = Array.from(sizes).indexOf(undefined as unknown as number);
  if (empty !== -1) throw expected(where, "folds counted from 0 without gaps", `none numbered ${empty}`);
  if (sizes.length < 2) {
    const hint = "a threshold is chosen on other folds than it is used on";
    throw expected(where, "at least two folds", `${sizes.length}`, hint);
  }
  return sizes;
}

function squaredDistances(where: string, pairs: ScoredPairs): number[] {
  countPairs(where, pairs);
  // Rounding makes the cosine of a vector with itself a little more than 1.
  const isCosine = (s: number): boolean => s >= -1.0001 && s <= 1.0001;
  return Array.from(pairs.scores, (s, i) => {
    if (!isCosine(s)) throw expected(where, `a cosine between −1 and 1 for pair ${i}`, `${s}`);
    return 2 - 2 * s;
  });
}

/** Where the share of sorted impostor distances below a threshold reaches the target; 0 where it never does. */
function interpolateThreshold(impostors: readonly number[], thresholds: readonly number[], target: number): number {
  let below = 0;
  const rates = thresholds.map((threshold) => {
    while (below < impostors.length && impostors[below]! < threshold) below++;
    return below / impostors.length;
  });
  const after = rates.findIndex((rate) => rate > target);
  if (after === -1) return rates.at(-1)! >= target ? thresholds.at(-1)! : 0;
  const [x0, x1] = [rates[after - 1]!, rates[after]!];
  const [y0, y1] = [thresholds[after - 1]!, thresholds[after]!];
  return y0 + ((y1 - y0) / (x1 - x0)) * (target - x0);
}

function shareBelow(distances: readonly number[], threshold: number): number {
  return distances.filter((d) => d < threshold).length / distances.length;
}
