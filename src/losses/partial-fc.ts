import { expected } from "../errors.ts";
import type { Random } from "../tensor/random.ts";

export type SampledClasses = {
  /** The classes of the step, ascending; those of the labels are among them. */
  readonly index: Int32Array<ArrayBuffer>;
  /** The place of each label's class in `index`. */
  readonly labels: BigInt64Array<ArrayBuffer>;
};

/**
 * How many classes a step compares with: rate·classes, but never fewer than a batch may hold, so that graphs keep
 * one shape.
 */
export function sampledCount(classes: number, rate: number, batch: number): number {
  return rate >= 1 ? classes : Math.min(classes, Math.max(Math.floor(rate * classes), batch));
}

/**
 * Partial FC: the labels' classes, and others by lot, `sampledCount` together. One random number a class: a million take
 * some 10 ms.
 *
 * Source: insightface recognition/arcface_torch/partial_fc_v2.py, `sample`.
 *
 * @throws {ArcfaceError} INVALID_ARGUMENT for a label that is no class.
 */
export function sampleClasses(
  random: Random,
  labels: ArrayLike<number | bigint>,
  classes: number,
  rate: number,
): SampledClasses {
  const given = Array.from(labels, Number);
  const strange = given.find((label) => !(Number.isInteger(label) && label >= 0 && label < classes));
  if (strange !== undefined) throw expected("sampleClasses", `labels below ${classes}`, `${strange}`);
  const positives = Int32Array.from(new Set(given)).sort();
  const count = sampledCount(classes, rate, given.length);
  const index = new Int32Array(count);
  const place = new Map<number, number>();
  // Selection sampling (Knuth, TAOCP 2, algorithm S): each in turn, with the chance of what is wanted among what is left
  let [wanted, left, next, filled] = [count - positives.length, classes - positives.length, 0, 0];
  for (let label = 0; filled < count; label++) {
    if (positives[next] === label) {
      next++;
      place.set(label, filled);
    } else if (random.uniform() * left-- < wanted) {
      wanted--;
    } else continue;
    index[filled++] = label;
  }
  return { index, labels: BigInt64Array.from(given, (label) => BigInt(place.get(label)!)) };
}
