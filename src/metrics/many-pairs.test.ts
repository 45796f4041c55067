import { expect, test } from "vitest";
import { createRandom } from "../tensor/random.ts";
import { verificationFigures } from "./figures.ts";
import { manyPairsFigures } from "./many-pairs.ts";
import { sortScores } from "./sorted-scores.ts";

/** Every two pictures of some people, some of whom are easily taken for others and seldom for themselves. */
function everyTwo({ people, each, seed }: { people: number; each: number; seed: number }) {
  const random = createRandom(seed);
  const hard = Array.from({ length: people }, () => random.normal());
  const owners = Array.from({ length: people * each }, (_, i) => Math.floor(i / each));
  const pairs = owners.flatMap((_, i) => owners.slice(0, i).map((_, j) => [owners[i]!, owners[j]!] as const));
  return {
    a: Uint32Array.from(pairs, ([a]) => a),
    b: Uint32Array.from(pairs, ([, b]) => b),
    same: pairs.map(([a, b]) => a === b),
    scores: Float64Array.from(pairs, ([a, b]) =>
      a === b
        ? 0.6 - 0.1 * hard[a]! + 0.1 * random.normal()
        : 0.1 + 0.05 * (hard[a]! + hard[b]!) + 0.1 * random.normal(),
    ),
  };
}

test("of bins: the values and the intervals that every pair for itself gives", () => {
  const pairs = everyTwo({ people: 30, each: 4, seed: 3 });
  const rates = [1e-1, 1e-2, 1e-3];
  const exact = verificationFigures(pairs, { rates, draws: 400 });
  const binned = manyPairsFigures(pairs, sortScores(pairs), rates, { draws: 400 });
  const both = [[exact.eer, binned.eer], ...exact.tarAtFar.map(({ tar }, i) => [tar, binned.tarAtFar[i]!])] as const;
  for (const [one, other] of both) {
    const width = one!.high - one!.low;
    expect(width).toBeGreaterThan(0.01);
    expect(Math.abs(other!.value - one!.value)).toBeLessThan(0.001);
    // Other draws: ends move by their own noise.
    expect(Math.abs(other!.low - one!.low)).toBeLessThan(0.2 * width);
    expect(Math.abs(other!.high - one!.high)).toBeLessThan(0.2 * width);
  }
});

test("the same seed gives the same", () => {
  const pairs = everyTwo({ people: 30, each: 4, seed: 5 });
  const once = (): unknown => manyPairsFigures(pairs, sortScores(pairs), [1e-3], { draws: 50 });
  expect(once()).toEqual(once());
});
