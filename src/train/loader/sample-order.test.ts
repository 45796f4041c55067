import { expect, test } from "vitest";
import { epochOrder, randomOf } from "./sample-order.ts";

test("an epoch's order has every sample once, and no sample keeps to a place", () => {
  const [count, epochs] = [10, 5000];
  const seen = new Float64Array(count * count);
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = epochOrder(count, 3, epoch);
    expect([...order].sort((a, b) => a - b)).toEqual([...Array(count).keys()]);
    for (const [place, sample] of order.entries()) seen[place * count + sample]!++;
  }
  // Each of 100 cells is binomial: 500 ± 21; five deviations.
  expect(Math.max(...seen.map((times) => Math.abs(times - epochs / count)))).toBeLessThan(107);
});

test("numbers next to each other have streams that have nothing to do with each other", () => {
  const firsts = Array.from({ length: 40 }, (_, epoch) =>
    Array.from({ length: 250 }, (_, sample) => randomOf(2048, epoch, sample).uniform()),
  ).flat();
  expect(new Set(firsts).size).toBe(firsts.length);
  const mean = firsts.reduce((sum, x) => sum + x, 0) / firsts.length;
  const lagged = firsts.slice(1).reduce((sum, x, k) => sum + (x - 0.5) * (firsts[k]! - 0.5), 0) / (firsts.length - 1);
  // Deviations of the two over 10,000 uniform numbers: 0.0029 and 0.00083.
  expect(Math.abs(mean - 0.5)).toBeLessThan(0.0116);
  expect(Math.abs(lagged)).toBeLessThan(0.0034);
});

test("the order of the numbers matters, and large seeds are told apart", () => {
  const first = (...numbers: number[]): number => randomOf(...numbers).uniform();
  expect(first(1, 2)).not.toBe(first(2, 1));
  expect(first(2 ** 40)).not.toBe(first(2 ** 41));
  expect(first(0)).not.toBe(first(0, 0));
  expect(first(5, 6, 7)).toBe(first(5, 6, 7));
});
