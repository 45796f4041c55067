import { LEVELS, type Range } from "./affine.ts";
import type { Histogram } from "./histogram.ts";

/**
 * The information that is lost where values in a range are told apart by 255 steps only: the relative entropy of their
 * distribution, what lies outside added to the outermost bins, to the one in which each step's values are spread evenly over
 * those of its bins that hold any.
 *
 * Source: Migacz, "8-bit inference with TensorRT", GTC 2017, for ranges with two ends.
 */
export function relativeEntropy({ counts, first, width }: Histogram, { low, high }: Range): number {
  const clamp = (bin: number): number => Math.max(0, Math.min(counts.length - 1, bin - first));
  const [from, to] = [clamp(Math.floor(low / width)), clamp(Math.ceil(high / width) - 1)];
  const inside = counts.slice(from, Math.max(from, to) + 1);
  const clipped = inside.slice();
  for (let i = 0; i < from; i++) clipped[0]! += counts[i]!;
  for (let i = to + 1; i < counts.length; i++) clipped[clipped.length - 1]! += counts[i]!;
  const stepped = steppedCounts(inside);
  const [all, allStepped] = [sum(clipped), sum(stepped)];
  let lost = 0;
  for (let i = 0; i < clipped.length; i++) {
    const p = clipped[i]! / all;
    if (p === 0) continue;
    // Where clipping alone put values there is nothing to tell them from.
    const q = Math.max(stepped[i]! / allStepped, SMALLEST_SHARE);
    lost += p * Math.log(p / q);
  }
  return Number.isNaN(lost) ? Infinity : lost;
}

const SMALLEST_SHARE = 1e-12;

function steppedCounts(counts: Float64Array): Float64Array {
  const even = new Float64Array(counts.length);
  for (let step = 0; step < LEVELS; step++) {
    const from = Math.floor((step * counts.length) / LEVELS);
    const to = Math.floor(((step + 1) * counts.length) / LEVELS);
    let [total, filled] = [0, 0];
    for (let i = from; i < to; i++) {
      total += counts[i]!;
      if (counts[i]! > 0) filled++;
    }
    for (let i = from; i < to; i++) if (counts[i]! > 0) even[i] = total / filled;
  }
  return even;
}

const sum = (values: Float64Array): number => values.reduce((total, x) => total + x, 0);
