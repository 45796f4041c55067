import { expect, test } from "vitest";
import { ARCFACE_TEMPLATE, mirrorNames } from "../geometry/landmarks.ts";
import { readLandmarkOrder } from "./landmark-order.ts";

const truth = ARCFACE_TEMPLATE;

test("landmarks in their order are told from those with left and right exchanged", () => {
  expect(readLandmarkOrder([{ landmarks: truth, truth }])).toEqual({ alignment: "arcface", error: 0 });
  expect(readLandmarkOrder([{ landmarks: mirrorNames(truth), truth }])).toEqual({ alignment: "mirrored", error: 0 });
});

test("the error is the mean distance, in distances of the eyes", () => {
  const [left, right] = truth;
  const eyes = Math.hypot(right[0] - left[0], right[1] - left[1]);
  const landmarks = truth.map(([x, y]) => [x + eyes / 4, y]) as unknown as typeof truth;
  expect(readLandmarkOrder([{ landmarks, truth }]).error).toBeCloseTo(0.25, 9);
});

test("without landmarks there is no order", () => {
  expect(readLandmarkOrder([])).toEqual({ alignment: "none", error: null });
});
