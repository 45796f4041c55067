import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { contiguousFolds, type FoldedPairs, kFoldAccuracy, kFoldValAtFar } from "./verification.ts";

type Case = {
  name: string;
  scores: number[];
  same: boolean[];
  fold: number[];
  accuracy: number;
  std: number;
  threshold: number;
  foldAccuracies: number[];
  foldThresholds: number[];
  valAtFar: { target: number; val: number; std: number; far: number }[];
};

// scripts/golden/verification.py
const cases: Case[] = JSON.parse(readFileSync(new URL("golden/verification.json", import.meta.url), "utf8"));

/** Both sides are float64 and count the same pairs; only sums over folds may round apart. */
const TOLERANCE = { atol: 1e-12 };

test.each(cases)("kFoldAccuracy agrees with numpy, fold by fold: $name", (golden) => {
  const result = kFoldAccuracy(golden);
  expect(result.folds.map(({ accuracy }) => accuracy)).toBeCloseToTensor(golden.foldAccuracies, TOLERANCE);
  expect(result.folds.map(({ threshold }) => threshold)).toBeCloseToTensor(golden.foldThresholds, TOLERANCE);
  expect([result.accuracy, result.std, result.threshold]).toBeCloseToTensor(
    [golden.accuracy, golden.std, golden.threshold],
    TOLERANCE,
  );
});

test.each(cases)("kFoldValAtFar agrees with numpy's interp: $name", (golden) => {
  for (const { target, val, std, far } of golden.valAtFar) {
    const result = kFoldValAtFar(golden, target);
    expect([result.val, result.std, result.far]).toBeCloseToTensor([val, std, far], TOLERANCE);
  }
});

test("a distance equal to the threshold is not below it", () => {
  // d = 0.5 for both kinds: no threshold tells them apart, so one kind is always wrong.
  const pairs = { scores: [0.75, 0.75, 0.75, 0.75], same: [true, false, true, false], fold: [0, 0, 1, 1] };
  // The first of equally good thresholds is 0: all are judged different.
  expect(kFoldAccuracy(pairs).folds).toEqual([
    { accuracy: 0.5, threshold: 1 },
    { accuracy: 0.5, threshold: 1 },
  ]);
});

test("the mean of ten folds of 600 is not a hair below its fraction", () => {
  // Added up fold by fold these give 0.9944999999999998, which would miss a mark of 0.9945.
  const right = [594, 600, 598, 594, 596, 597, 593, 599, 599, 597];
  const pairs = right.flatMap((count, fold) =>
    Array.from({ length: 600 }, (_, i) => ({ score: i < 300 === i < count ? 0.9 : 0.1, same: i < 300, fold })),
  );
  const scores = pairs.map(({ score }) => score);
  const same = pairs.map((pair) => pair.same);
  expect(kFoldAccuracy({ scores, same, fold: pairs.map((pair) => pair.fold) }).accuracy).toBe(0.9945);
});

test("contiguousFolds makes the first folds larger by one", () => {
  expect(contiguousFolds(7, 3)).toEqual([0, 0, 0, 1, 1, 2, 2]);
});

const good: FoldedPairs = { scores: [0.9, 0.1, 0.8, 0.2], same: [true, false, true, false], fold: [0, 0, 1, 1] };

test.each<[string, Partial<FoldedPairs>, string]>([
  ["one fold", { fold: [0, 0, 0, 0] }, "at least two folds, got 1"],
  ["a gap in the folds", { fold: [0, 0, 2, 2] }, "without gaps, got none numbered 1"],
  ["a fold that is no number", { fold: [0, 0, 1, 0.5] }, "a fold number for pair 3, got 0.5"],
  ["a fold too few", { fold: [0, 0, 1] }, "4 folds, one a score, got 3"],
  ["a label too few", { same: [true, false, true] }, "4 labels, one a score, got 3"],
  ["a NaN score", { scores: [0.9, Number.NaN, 0.8, 0.2] }, "a finite score for pair 1, got NaN"],
  ["a distance for a cosine", { scores: [0.9, 1.7, 0.8, 0.2] }, "a cosine between −1 and 1 for pair 1, got 1.7"],
  ["genuine pairs only", { same: [true, true, true, true] }, "pairs of one person and of two, got 4 and 0"],
  ["impostor pairs only", { same: [false, false, false, false] }, "got 0 and 4"],
  ["nothing", { scores: [], same: [], fold: [] }, "got 0"],
])("kFoldAccuracy refuses %s", (_, wrong, message) => {
  expect(() => kFoldAccuracy({ ...good, ...wrong })).toThrow(
    expect.objectContaining({ code: "INVALID_ARGUMENT", message: expect.stringContaining(message) }),
  );
});

test("kFoldValAtFar refuses a fold of one kind and a rate that is none", () => {
  expect(() => kFoldValAtFar({ ...good, same: [true, true, true, false] }, 0.1)).toThrow("one kind in fold 0");
  expect(() => kFoldValAtFar(good, 1)).toThrow("expected a target rate between 0 and 1, got 1");
});

test("contiguousFolds refuses more folds than pairs", () => {
  expect(() => contiguousFolds(3, 4)).toThrow("folds: expected 2 to 3 folds, got 4");
});
