import { expect, test } from "vitest";
import { chooseRule, type Threshold } from "./decision.ts";

const MEASURED: readonly Threshold[] = [
  { falseAcceptRate: 1e-4, threshold: 0.41, measuredOn: "LFW" },
  { falseAcceptRate: 1e-3, threshold: 0.34, measuredOn: "LFW" },
];

test("the card's first threshold decides where nothing is asked for", () => {
  expect(chooseRule(MEASURED, {}, "m")).toEqual(MEASURED[0]);
});

test("a rate chooses the threshold that was measured at it, however the number is written", () => {
  expect(chooseRule(MEASURED, { falseAcceptRate: 0.001 }, "m")).toEqual(MEASURED[1]);
  expect(chooseRule(MEASURED, { falseAcceptRate: 1 / 1000 + 1e-12 }, "m")).toEqual(MEASURED[1]);
});

test.each([0.5, 0, -1, 1])("a threshold of one's own, %d, has no rate", (threshold) => {
  const rule = { threshold, falseAcceptRate: null, measuredOn: null };
  expect(chooseRule(MEASURED, { threshold }, "m")).toEqual(rule);
  expect(chooseRule([], { threshold }, "m")).toEqual(rule);
});

test("of a threshold and a rate, the threshold counts", () => {
  expect(chooseRule(MEASURED, { threshold: 0.6, falseAcceptRate: 0.5 }, "m").threshold).toBe(0.6);
});

test.each([1.01, -1.5, NaN, Infinity, 40])("a threshold of %d is no cosine", (threshold) => {
  expect(() => chooseRule(MEASURED, { threshold }, "m")).toThrow(
    expect.objectContaining({
      code: "INVALID_ARGUMENT",
      message: `threshold: expected a cosine similarity from -1 to 1, got ${threshold}`,
    }),
  );
});

test.each([1e-5, 0.01, 0, -1e-3, NaN, Infinity])(
  "a rate of %d, not measured, is refused with those that were",
  (rate) => {
    expect(() => chooseRule(MEASURED, { falseAcceptRate: rate }, "team/model")).toThrow(
      expect.objectContaining({
        code: "INVALID_ARGUMENT",
        message: `falseAcceptRate: expected a rate that team/model was measured at (0.0001, 0.001), got ${rate}`,
      }),
    );
  },
);

test("a card without thresholds asks for one", () => {
  const error = { code: "NOT_FOUND", message: "team/model: its card has no measured thresholds" };
  expect(() => chooseRule([], {}, "team/model")).toThrow(expect.objectContaining(error));
  expect(() => chooseRule([], { falseAcceptRate: 1e-3 }, "team/model")).toThrow(expect.objectContaining(error));
});
