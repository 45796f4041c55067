import { expect, test } from "vitest";
import type { Box } from "../geometry/types.ts";
import { faceAgreement } from "./face-agreement.ts";

const at = (x: number, y = 0, side = 10) => {
  const box: Box = [x, y, x + side, y + side];
  return {
    box,
    score: 0.9,
    landmarks: [
      [0, 0],
      [0, 0],
      [0, 0],
      [0, 0],
      [0, 0],
    ] as never,
  };
};

test("faces that overlap by half or more are the same, each once", () => {
  const before = [[at(0), at(50)], [at(0)]];
  const after = [[at(1), at(2)], []];
  const { same, iou, agreement, ...counts } = faceAgreement(before, after);
  expect(counts).toEqual({ before: 3, after: 2 });
  expect(same).toBe(1);
  expect(iou).toBeCloseTo(90 / 110, 9);
  expect(agreement).toBeCloseTo(2 / 5, 9);
});

test("where nobody finds anything they agree", () => {
  expect(faceAgreement([[]], [[]])).toEqual({ before: 0, after: 0, same: 0, iou: 1, agreement: 1 });
});
