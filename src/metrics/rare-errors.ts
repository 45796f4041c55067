import type { Interval } from "./bootstrap.ts";

/**
 * An interval of a rate at its end, which no draw of people can move: where nobody of n erred, a bootstrap would say that
 * nobody ever does. There the other end is the exact bound of so many people, each for one trial.
 *
 * @param interval of a rate, 0–1; others come back as they are.
 * @param people with a part in the rate, 1 or more.
 * @param confidence of both ends together. Default 0.95.
 * Source: C. J. Clopper and E. S. Pearson, Biometrika 26 (1934), at no successes and at no failures.
 */
export function rareErrors({ value, low, high }: Interval, people: number, confidence = 0.95): Interval {
  const bound = ((1 - confidence) / 2) ** (1 / people);
  if (value === 1) return { value, low: Math.min(low, bound), high: 1 };
  if (value === 0) return { value, low: 0, high: Math.max(high, 1 - bound) };
  return { value, low, high };
}
