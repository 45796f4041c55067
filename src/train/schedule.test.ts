import { expect, test } from "vitest";
import { checkSchedule, learningRate, type Schedule, type Span } from "./schedule.ts";

const span: Span = { stepsPerEpoch: 10, totalSteps: 200 };
const rates = (schedule: Schedule, of: Span = span): number[] =>
  Array.from({ length: of.totalSteps }, (_, step) => learningRate(0.1, schedule, step, of));

/**
 * InsightFace's PolynomialLRWarmup as a recurrence, each rate from the one before:
 * warm-up base·t/w, then the last times ((1 − (t−w)/(T−w)) / (1 − (t−1−w)/(T−w)))^power; the very first is the base rate.
 */
function reference(base: number, power: number, warmup: number, total: number): number[] {
  const all = [base];
  for (let t = 1; t < total; t++) {
    const left = (step: number) => 1 - (step - warmup) / (total - warmup);
    all.push(t <= warmup ? (base * t) / warmup : all[t - 1]! * (left(t) / left(t - 1)) ** power);
  }
  return all;
}

test.each([
  { power: 1, warmupEpoch: 0 },
  { power: 1, warmupEpoch: 2 },
  { power: 2, warmupEpoch: 1 },
])("polynomial with power $power after $warmupEpoch epochs of warm-up is the reference's, step by step", (shape) => {
  const expected = reference(0.1, shape.power, 10 * shape.warmupEpoch, 200);
  expect(rates({ kind: "polynomial", ...shape })).toBeCloseToTensor(expected, { atol: 0, rtol: 1e-11 });
});

test("the first step has the base rate, the second the warm-up's first", () => {
  expect(rates({ kind: "polynomial", warmupEpoch: 2 }).slice(0, 3)).toEqual([0.1, 0.1 / 20, 0.2 / 20]);
});

test("steps divide the rate by ten at the start of each epoch that is named", () => {
  const all = rates({ kind: "steps", at: [8, 14] });
  expect([all[0], all[79]]).toEqual([0.1, 0.1]);
  expect(all[80]).toBeCloseTo(0.01, 12);
  expect(all[139]).toBeCloseTo(0.01, 12);
  expect(all[140]).toBeCloseTo(0.001, 12);
});

test("steps go with a warm-up and a factor of one's own", () => {
  const all = rates({ kind: "steps", at: [2], factor: 0.5, warmupEpoch: 1 });
  expect([all[5], all[10], all[20]]).toEqual([0.05, 0.1, 0.05]);
});

test.each([
  [{ kind: "polynomial", warmupEpoch: 20 }, "recipe: schedule.warmupEpoch: expected 0 to below numEpoch (20), got 20"],
  [{ kind: "polynomial", power: 0 }, "recipe: schedule.power: expected a positive number, got 0"],
  [{ kind: "steps", at: [14, 8] }, "recipe: schedule.at: expected rising epochs above 0, got [14,8]"],
] as const)("%j is refused", (schedule, message) => {
  expect(() => checkSchedule(schedule, 20)).toThrow(message);
});
