import { expected } from "../../errors.ts";
import { LEVELS, type Range } from "./affine.ts";
import { relativeEntropy } from "./entropy.ts";
import type { Histogram } from "./histogram.ts";

/**
 * How the range of an activation follows from its values:
 *
 * - `minmax`     all of them;
 * - `percentile` all but the outermost 1 − PERCENTILE, half of it on each side;
 * - `entropy`    the shrunk range that loses the least information: see relativeEntropy;
 * - `mse`        the range with the least mean square error of rounding within it and clipping outside.
 */
export type RangeMethod = "minmax" | "percentile" | "entropy" | "mse";
export const RANGE_METHODS: readonly RangeMethod[] = ["minmax", "percentile", "entropy", "mse"];

export const PERCENTILE = 0.9999;

/** Ranges that are tried: the whole one times k / STEPS. */
const STEPS = 64;
/** Narrower ones are of fewer than twice as many bins as levels. */
const LEAST_STEP = 16;

/** @throws {ArcfaceError} INVALID_ARGUMENT where nothing was counted. */
export function rangeOf(histogram: Histogram, method: RangeMethod): Range {
  const { min, max, counts } = histogram;
  if (!counts.some((n) => n > 0)) throw expected("range", "values to choose it from", "none");
  switch (method) {
    case "minmax":
      return { low: min, high: max };
    case "percentile":
      return { low: quantile(histogram, (1 - PERCENTILE) / 2), high: quantile(histogram, (1 + PERCENTILE) / 2) };
    case "entropy":
      return best(shrunk(histogram), (range) => relativeEntropy(histogram, range));
    case "mse":
      return best(shrunkApart(histogram), squareErrorOf(histogram));
  }
}

/** Where so large a share of the values lies below, taken to be spread evenly over each bin; never beyond min and max. */
function quantile({ counts, first, width, min, max }: Histogram, share: number): number {
  const wanted = share * counts.reduce((sum, n) => sum + n, 0);
  let below = 0;
  for (let i = 0; i < counts.length; i++) {
    const n = counts[i]!;
    if (n > 0 && below + n >= wanted) {
      const at = (first + i + (wanted - below) / n) * width;
      return Math.max(min, Math.min(max, at));
    }
    below += n;
  }
  return max;
}

function shrunk({ min, max }: Histogram): Range[] {
  return steps().map((share) => ({ low: min * share, high: max * share }));
}

/** Each end by itself. */
function shrunkApart({ min, max }: Histogram): Range[] {
  const lows = min < 0 ? steps().map((share) => min * share) : [min];
  const highs = max > 0 ? steps().map((share) => max * share) : [max];
  return lows.flatMap((low) => highs.map((high) => ({ low, high })));
}

/** The widest first, which wins among equals. */
const steps = (): number[] => Array.from({ length: STEPS - LEAST_STEP + 1 }, (_, i) => (STEPS - i) / STEPS);

function best(ranges: readonly Range[], cost: (range: Range) => number): Range {
  let [least, found] = [Infinity, ranges[0]!];
  for (const range of ranges) {
    const now = cost(range);
    if (now < least) [least, found] = [now, range];
  }
  return found;
}

/**
 * The sum of squared errors for a range, of values at their bins' middles: step²/12 within it, the square of the distance
 * to it outside.
 */
export function squareErrorOf({ counts, first, width }: Histogram): (range: Range) => number {
  // Moments of all bins before each, so that a range costs nothing to try.
  const moments = [0, 1, 2].map(() => new Float64Array(counts.length + 1));
  for (let i = 0; i < counts.length; i++) {
    const x = (first + i + 0.5) * width;
    for (const [power, sums] of moments.entries()) sums[i + 1] = sums[i]! + counts[i]! * x ** power;
  }
  /** Σ n·(x − from)² over bins i…j−1 */
  const squares = (i: number, j: number, from: number): number => {
    const [n, x, xx] = moments.map((sums) => sums[j]! - sums[i]!) as [number, number, number];
    return Math.max(0, xx - 2 * from * x + from * from * n);
  };
  const binOf = (x: number): number => Math.max(0, Math.min(counts.length, Math.round(x / width) - first));
  return (range) => {
    const [low, high] = [Math.min(range.low, 0), Math.max(range.high, 0)];
    const [from, to] = [binOf(low), Math.max(binOf(low), binOf(high))];
    const inside = moments[0]![to]! - moments[0]![from]!;
    const rounding = ((high - low) / LEVELS) ** 2 / 12;
    return inside * rounding + squares(0, from, low) + squares(to, counts.length, high);
  };
}
