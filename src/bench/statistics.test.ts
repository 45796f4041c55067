import { expect, test } from "vitest";
import { latencyOf, median, quantile } from "./statistics.ts";

// numpy.quantile([7, 1, 10, 4], q)
test.each([
  [0, 1],
  [0.1, 1.9],
  [0.5, 5.5],
  [0.9, 9.1],
  [1, 10],
])("the quantile %d is NumPy's", (share, wanted) => {
  expect(quantile([7, 1, 10, 4], share)).toBeCloseTo(wanted, 12);
});

test("of one value all quantiles are that value", () => {
  expect(latencyOf([3])).toEqual({ p50: 3, p90: 3, p99: 3, max: 3 });
});

test("the given values stay as they are", () => {
  const values = [3, 1, 2];
  expect(median(values)).toBe(2);
  expect(values).toEqual([3, 1, 2]);
});
