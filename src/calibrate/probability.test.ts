import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createRandom } from "../tensor/random.ts";
import { fitProbability, probabilityOf, reliability } from "./probability.ts";

type Case = {
  name: string;
  genuine: number[];
  impostor: number[];
  genuineWeights: number[];
  impostorWeights: number[];
  slope: number;
  intercept: number;
  brier: number;
};

// scripts/golden/probability.py
const cases: Case[] = JSON.parse(readFileSync(new URL("golden/probability.json", import.meta.url), "utf8"));

const kinds = (c: Case) =>
  [
    { scores: c.genuine, weights: c.genuineWeights },
    { scores: c.impostor, weights: c.impostorWeights },
  ] as const;

test.each(cases)("fitProbability agrees with scikit-learn's logistic regression: $name", (want) => {
  const map = fitProbability(...kinds(want));
  // scikit-learn stops at a gradient, and holds a ridge of 1e-12.
  expect([map.slope, map.intercept]).toBeCloseToTensor([want.slope, want.intercept], { rtol: 1e-4, atol: 1e-4 });
  expect(reliability(map, ...kinds(want)).brier).toBeCloseTo(want.brier, 6);
});

test("what was said is so, of scores that follow a logistic curve", () => {
  const random = createRandom(4);
  const truth = { slope: 12, intercept: -4 };
  const kept = { genuine: [] as number[], impostor: [] as number[] };
  for (let i = 0; i < 20_000; i++) {
    const score = random.uniform();
    kept[random.uniform() < probabilityOf(truth, score) ? "genuine" : "impostor"].push(score);
  }
  const weighted = (scores: number[]) => ({ scores, weights: scores.map(() => 1) });
  const [genuine, impostor] = [weighted(kept.genuine), weighted(kept.impostor)];
  const map = fitProbability(genuine, impostor);
  expect(map.slope).toBeCloseTo(truth.slope, -0.5);
  const { error, bins } = reliability(map, genuine, impostor);
  expect(error).toBeLessThan(0.02);
  expect(bins.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12);
});

test("odds beforehand shift the probability as Bayes' rule says", () => {
  const map = { slope: 10, intercept: -5 };
  const even = probabilityOf(map, 0.6);
  const odds = (p: number) => p / (1 - p);
  expect(odds(probabilityOf(map, 0.6, 0.1))).toBeCloseTo(odds(even) / 9, 12);
  expect(probabilityOf(map, 1e4)).toBe(1);
  expect(probabilityOf(map, -1e4)).toBe(0);
});

const some = { scores: [0.5], weights: [1] };
const none = { scores: [], weights: [] };
test.each<[string, () => unknown, string]>([
  ["no genuine pairs", () => fitProbability(none, some), "got two only"],
  ["no impostor pairs", () => fitProbability(some, none), "got one only"],
  ["nothing to check", () => reliability({ slope: 1, intercept: 0 }, some, none), "got one only"],
  ["a prior of 1", () => probabilityOf({ slope: 1, intercept: 0 }, 0, 1), "a prior between 0 and 1, got 1"],
])("refused: %s", (_, call, message) => {
  expect(call).toThrow(
    expect.objectContaining({ code: "INVALID_ARGUMENT", message: expect.stringContaining(message) }),
  );
});
