import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { equalErrorRate, rocCurve, tarAtFar } from "./roc.ts";
import {
  histogram,
  sortedEqualErrorRate,
  sortedTarAtFar,
  sortScores,
  thinRoc,
  walkThresholds,
} from "./sorted-scores.ts";
import { tpirOverRivals } from "./top-rivals.ts";
import { tprNearFpr } from "./tpr-at-fpr.ts";

type Golden = {
  pairs: { name: string; scores: number[]; same: boolean[]; targets: number[]; tpr: number[]; fpr: number[] }[];
  searches: { name: string; scores: number[][]; mate: number[]; rates: number[]; tpir: number[] }[];
};

// scripts/golden/protocols.py
const golden: Golden = JSON.parse(readFileSync(new URL("golden/protocols.json", import.meta.url), "utf8"));

test.each(golden.pairs)("TPR at the nearest FPR agrees with scikit-learn: $name", ({ tpr, fpr, targets, ...pairs }) => {
  const points = tprNearFpr(sortScores(pairs), targets);
  expect(points.map((point) => point.tpr)).toBeCloseToTensor(tpr, { atol: 1e-12 });
  expect(points.map((point) => point.fpr)).toBeCloseToTensor(fpr, { atol: 1e-12 });
});

test.each(golden.searches)("TPIR over all rivals agrees with NumPy: $name", ({ scores, mate, rates, tpir }) => {
  const mates = scores.map((row, i) => row[mate[i]!]!);
  const rivals = scores.flatMap((row, i) => row.filter((_, k) => k !== mate[i])).sort((a, b) => b - a);
  expect(rates.map((rate) => tpirOverRivals(mates, rivals, rate).tpir)).toBeCloseToTensor(tpir, { atol: 1e-12 });
});

test("TPIR over rivals says what it lacks", () => {
  expect(() => tpirOverRivals([0.5, 0.5], [], 0.1)).toThrow("expected 1 rivals' scores or more, got 0");
  expect(() => tpirOverRivals([0.5], [0.1], 1)).toThrow("a rate between 0 and 1");
  expect(() => tprNearFpr(sortScores({ scores: [1, 0], same: [true, false] }), [0])).toThrow("a rate between 0 and 1");
});

test.each(golden.pairs)("sorted scores walk the thresholds of the ROC: $name", (pairs) => {
  const curve = rocCurve(pairs);
  const walked = { far: [0], tar: [0], thresholds: [Infinity] };
  walkThresholds(sortScores(pairs), (threshold, accepted, wrong) => {
    walked.thresholds.push(threshold);
    walked.far.push(wrong / curve.impostor);
    walked.tar.push(accepted / curve.genuine);
  });
  expect([...curve.far]).toEqual(walked.far);
  expect([...curve.tar]).toEqual(walked.tar);
  expect([...curve.thresholds]).toEqual(walked.thresholds);
});

test.each(golden.pairs)("rates of sorted scores are those of the ROC: $name", (pairs) => {
  const curve = rocCurve(pairs);
  const sorted = sortScores(pairs);
  expect(sortedEqualErrorRate(sorted)).toBeCloseTo(equalErrorRate(curve), 12);
  for (const far of [0.01, 0.1, 0.3, 0.7]) {
    const point = tarAtFar(curve, far);
    if (point) expect(sortedTarAtFar(sorted, far)).toEqual({ tar: point.tar, threshold: point.threshold });
  }
});

test.each(golden.pairs)("a thinned ROC is of points of the ROC, from nothing to all: $name", (pairs) => {
  const curve = rocCurve(pairs);
  const thin = thinRoc(sortScores(pairs));
  const whole = new Set([...curve.far].map((far, i) => `${far} ${curve.tar[i]}`));
  expect(thin.far.every((far, i) => whole.has(`${far} ${thin.tar[i]}`))).toBe(true);
  expect([thin.far[0], thin.tar[0], thin.threshold[0]]).toEqual([0, 0, null]);
  expect([thin.far.at(-1), thin.tar.at(-1)]).toEqual([1, 1]);
  // Few enough points here for every one to be kept that rates can be read from.
  const asCurve = { ...curve, far: Float64Array.from(thin.far), tar: Float64Array.from(thin.tar) };
  expect(equalErrorRate(asCurve)).toBeCloseTo(equalErrorRate(curve), 2);
});

test("bins begin at whole steps, and scores outside fall into those at the ends", () => {
  const bins = histogram(Float64Array.of(-1.00001, -1, -0.01, 0, 0.29, 0.999, 1, 1.00001), 0.01);
  expect(bins).toHaveLength(200);
  expect([bins[0], bins[99], bins[100], bins[129], bins[199]]).toEqual([2, 1, 1, 1, 3]);
});

test("tarAtFar and the nearest point differ where the rate falls between two points", () => {
  const pairs = { scores: [0.9, 0.8, 0.7, 0.6, 0.5, 0.4], same: [true, false, true, false, true, false] };
  expect(tarAtFar(rocCurve(pairs), 0.3)!.tar).toBeCloseTo(1 / 3, 12);
  expect(tprNearFpr(sortScores(pairs), [0.3])[0]!.tpr).toBeCloseTo(2 / 3, 12);
});
