import { expect, test } from "vitest";
import { rareErrors } from "./rare-errors.ts";

test("where nobody of n erred, the exact bound: scipy.stats.binomtest(n, n).proportion_ci()", () => {
  const { low, high } = rareErrors({ value: 1, low: 1, high: 1 }, 20);
  expect(low).toBeCloseTo(0.8315665, 7);
  expect(high).toBe(1);
  expect(rareErrors({ value: 0, low: 0, high: 0 }, 30).high).toBeCloseTo(0.1157033, 7);
});

test("wider ends stay, and a rate between is as it was", () => {
  expect(rareErrors({ value: 1, low: 0.5, high: 1 }, 20).low).toBe(0.5);
  const between = { value: 0.9, low: 0.8, high: 0.95 };
  expect(rareErrors(between, 20)).toEqual(between);
});
