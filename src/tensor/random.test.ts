import { expect, test } from "vitest";
import golden from "../nets/golden/nets.json" with { type: "json" };
import { createRandom } from "./random.ts";

// scripts/golden/nets.py: the same generator, in Python's integers
test.each(golden.random)("the stream of seed $seed begins as in Python", ({ seed, uniform, normal }) => {
  const [u, n] = [createRandom(seed), createRandom(seed)];
  expect(uniform.map(() => u.uniform())).toEqual(uniform);
  // Python's own logarithm may differ from ours in its last bits.
  expect(normal.map(() => n.normal())).toBeCloseToTensor(normal, { atol: 1e-12 });
});

test("normal numbers have the moments and the tails of a normal distribution", () => {
  const { normal } = createRandom(11);
  const n = 200_000;
  const x = Float64Array.from({ length: n }, normal);
  const moment = (power: number): number => x.reduce((sum, value) => sum + value ** power, 0) / n;
  // Five standard errors: √(1, 2, 15, 96 / n).
  expect(Math.abs(moment(1))).toBeLessThan(0.012);
  expect(Math.abs(moment(2) - 1)).toBeLessThan(0.016);
  expect(Math.abs(moment(3))).toBeLessThan(0.044);
  expect(Math.abs(moment(4) - 3)).toBeLessThan(0.11);
  // P(|x| > 3) = 0.0027
  expect(x.filter((value) => Math.abs(value) > 3).length / n).toBeCloseTo(0.0027, 3);
});
