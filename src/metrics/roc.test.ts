import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { equalErrorRate, farSupport, rocCurve, tarAtFar, thresholdAtFar, wilsonInterval } from "./roc.ts";

type Case = {
  name: string;
  scores: number[];
  same: boolean[];
  thresholds: number[];
  far: number[];
  tar: number[];
  eer: number;
  atFar: { target: number; tar: number | null; threshold: number | null }[];
};
type Golden = { cases: Case[]; intervals: { successes: number; trials: number; interval: number[] }[] };

// scripts/golden/roc.py
const golden: Golden = JSON.parse(readFileSync(new URL("golden/roc.json", import.meta.url), "utf8"));

/** Ratios of small whole numbers in float64: the same on both sides. */
const EXACT = { atol: 0 };
/** numpy finds the crossing with its own interpolation, and the interval as a quadratic's roots. */
const ROUNDING = { atol: 1e-9 };

test.each(golden.cases)("rocCurve agrees with counting anew at every threshold: $name", ({ scores, same, ...want }) => {
  const curve = rocCurve({ scores, same });
  expect(curve.thresholds[0]).toBe(Infinity);
  expect(curve.thresholds.subarray(1)).toBeCloseToTensor(want.thresholds, EXACT);
  expect(curve.far).toBeCloseToTensor(want.far, EXACT);
  expect(curve.tar).toBeCloseToTensor(want.tar, EXACT);
});

test.each(golden.cases)("equalErrorRate agrees with numpy: $name", ({ scores, same, eer }) => {
  expect([equalErrorRate(rocCurve({ scores, same }))]).toBeCloseToTensor([eer], ROUNDING);
});

test.each(golden.cases)("tarAtFar and thresholdAtFar agree with numpy: $name", ({ scores, same, atFar }) => {
  const curve = rocCurve({ scores, same });
  const impostors = scores.filter((_, i) => !same[i]);
  for (const { target, tar, threshold } of atFar) {
    expect(tarAtFar(curve, target)?.tar ?? null).toBe(tar);
    expect(thresholdAtFar(impostors, target)).toBe(threshold);
  }
});

test.each(golden.cases)(
  "thresholdAtFar keeps the rate, and the next lower score would not: $name",
  ({ scores, same }) => {
    const impostors = scores.filter((_, i) => !same[i]);
    const acceptedAt = (threshold: number) => impostors.filter((score) => score >= threshold).length;
    const threshold = thresholdAtFar(impostors, 0.4)!;
    expect(acceptedAt(threshold) / impostors.length).toBeLessThanOrEqual(0.4);
    const lower = Math.max(...impostors.filter((score) => score < threshold));
    expect(acceptedAt(lower) / impostors.length).toBeGreaterThan(0.4);
  },
);

test("LFW's 3,000 impostor pairs tell FAR 1e-3, not 1e-4", () => {
  expect(farSupport(3000, 1e-2)).toBe("yes");
  expect(farSupport(3000, 1e-3)).toBe("roughly");
  expect(farSupport(3000, 1e-4)).toBe("no");
  const impostors = Float64Array.from({ length: 3000 }, (_, i) => i / 3000);
  expect(thresholdAtFar(impostors, 1e-3)).toBeGreaterThan(2996 / 3000);
  expect(thresholdAtFar(impostors, 1e-4)).toBeNull();
  const curve = rocCurve({ scores: [...impostors, 1], same: [...Array(3000).fill(false), true] });
  expect(tarAtFar(curve, 1e-4)).toBeNull();
});

test("exactly three false accepts of 3,000 keep FAR 1e-3", () => {
  const scores = [...Array(3).fill(0.9), ...Array(2997).fill(0.1), 0.9, 0.5];
  const same = [...Array(3000).fill(false), true, true];
  expect(tarAtFar(rocCurve({ scores, same }), 1e-3)).toEqual({ threshold: 0.5, far: 0.001, tar: 1 });
});

test.each(golden.intervals)("wilsonInterval of $successes in $trials agrees with the quadratic's roots", (case_) => {
  const { successes, trials, interval } = case_;
  expect(wilsonInterval(successes, trials)).toBeCloseToTensor(interval, ROUNDING);
});

test.each<[string, () => unknown, string]>([
  ["one class", () => rocCurve({ scores: [1, 2], same: [true, true] }), "roc: expected pairs of one person and of two"],
  ["no pairs", () => rocCurve({ scores: [], same: [] }), "roc: expected pairs of one person and of two, got 0 and 0"],
  ["an infinite score", () => rocCurve({ scores: [1, -Infinity], same: [true, false] }), "a finite score for pair 1"],
  ["a rate of 0", () => thresholdAtFar([1, 2], 0), "a rate between 0 and 1, got 0"],
  ["a NaN among impostors", () => thresholdAtFar([1, Number.NaN], 0.5), "finite scores, got NaN"],
  ["more successes than trials", () => wilsonInterval(3, 2), "got 3 of 2"],
  ["no trials", () => wilsonInterval(0, 0), "got 0 of 0"],
])("the ROC's functions refuse %s", (_, call, message) => {
  expect(call).toThrow(
    expect.objectContaining({ code: "INVALID_ARGUMENT", message: expect.stringContaining(message) }),
  );
});
