import fc from "fast-check";
import { expect, test } from "vitest";
import { boxArea, clipBox, intersectionArea, intersectionOverSmaller, iou, mapBox, nms, weightedNms } from "./box.ts";
import type { Detection } from "./detection.ts";
import type { Box, Landmarks } from "./types.ts";

const face = (box: Box, score: number): Detection => ({ box, score });

test("iou is shared area over joint area, worked by hand", () => {
  // 10×10 and 10×10 sharing 5×4: 20 / 180.
  expect(iou([0, 0, 10, 10], [5, 6, 15, 16])).toBeCloseTo(20 / 180, 12);
  expect(intersectionArea([0, 0, 10, 10], [5, 6, 15, 16])).toBe(20);
});

test("intersection over the smaller box is 1 where one lies within the other, and iou is not", () => {
  expect(intersectionOverSmaller([0, 0, 10, 10], [2, 2, 4, 4])).toBe(1);
  expect(iou([0, 0, 10, 10], [2, 2, 4, 4])).toBeCloseTo(0.04, 12);
});

test.each<[string, Box, Box]>([
  ["that touch", [0, 0, 10, 10], [10, 0, 20, 10]],
  ["apart", [0, 0, 1, 1], [5, 5, 6, 6]],
  ["of no area", [3, 3, 3, 8], [0, 0, 10, 10]],
  ["turned inside out", [8, 8, 2, 2], [0, 0, 10, 10]],
])("boxes %s share nothing, and no division makes NaN of it", (_, a, b) => {
  expect([iou(a, b), iou(b, a), intersectionOverSmaller(a, b)]).toEqual([0, 0, 0]);
});

test("iou is symmetric, within 0–1 and 1 for a box with itself", () => {
  const box = fc
    .tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: -50, max: 50 }), fc.nat(60), fc.nat(60))
    .map(([x, y, w, h]): Box => [x, y, x + w + 1, y + h + 1]);
  fc.assert(
    fc.property(box, box, (a, b) => {
      expect(iou(a, b)).toBe(iou(b, a));
      expect(iou(a, b)).toBeGreaterThanOrEqual(0);
      expect(iou(a, b)).toBeLessThanOrEqual(1);
      expect(iou(a, a)).toBe(1);
    }),
    { seed: 7 },
  );
});

test("clipBox keeps the part inside, and leaves a flat box of what is outside", () => {
  expect(clipBox([-5, 2, 30, 50], 20, 10)).toEqual([0, 2, 20, 10]);
  expect(boxArea(clipBox([25, 2, 30, 8], 20, 10))).toBe(0);
});

test("nms keeps the better of two overlapping faces and both of two apart, best first", () => {
  const kept = nms([face([1, 0, 11, 10], 0.6), face([50, 0, 60, 10], 0.7), face([0, 0, 10, 10], 0.9)], 0.4);
  expect(kept.map((d) => d.score)).toEqual([0.9, 0.7]);
});

test("nms does not let a face that is gone suppress others", () => {
  // b overlaps a and c, a and c do not overlap: b goes, c stays.
  const [a, b, c] = [face([0, 0, 10, 10], 0.9), face([4, 0, 14, 10], 0.8), face([8, 0, 18, 10], 0.7)];
  expect(nms([a, b, c], 0.4)).toEqual([a, c]);
});

test("nms keeps an overlap of exactly the threshold", () => {
  const pair = [face([0, 0, 10, 10], 0.9), face([0, 0, 10, 5], 0.8)];
  expect(nms(pair, 0.5)).toHaveLength(2);
  expect(nms(pair, 0.4999)).toHaveLength(1);
});

test("nms with inclusive pixels counts a side as x1 − x0 + 1, as InsightFace", () => {
  // Exclusive: 1 / 7 ≈ 0.143. Inclusive: 4 / (9 + 9 − 4) ≈ 0.286.
  const pair = [face([0, 0, 2, 2], 0.9), face([1, 1, 3, 3], 0.8)];
  expect(nms(pair, 0.2)).toHaveLength(2);
  expect(nms(pair, 0.2, { inclusive: true })).toHaveLength(1);
});

test("nms of equal scores keeps the order given, of nothing is nothing, and leaves its input alone", () => {
  const same = [face([0, 0, 1, 1], 0.5), face([9, 9, 10, 10], 0.5)];
  expect(nms(same, 0.3)).toEqual(same);
  expect(nms([], 0.3)).toEqual([]);
  const input = Object.freeze([face([0, 0, 1, 1], 0.1), face([9, 9, 10, 10], 0.5)]);
  expect(nms(input, 0.3).map((d) => d.score)).toEqual([0.5, 0.1]);
});

const points = (x: number, y: number): Landmarks => [
  [x, y],
  [x + 1, y],
  [x, y + 1],
  [x, y + 2],
  [x + 1, y + 2],
];

test("weightedNms averages boxes and points by score and keeps the best score", () => {
  const [blend, other] = weightedNms(
    [
      { box: [4, 0, 14, 10], score: 0.2, landmarks: points(8, 4) },
      { box: [0, 0, 10, 10], score: 0.8, landmarks: points(3, 4) },
      { box: [40, 0, 50, 10], score: 0.5, landmarks: points(44, 4) },
    ],
    0.3,
  );
  expect(blend!.score).toBe(0.8);
  expect(blend!.box).toBeCloseToTensor([0.8, 0, 10.8, 10], { atol: 1e-12 });
  expect(blend!.landmarks!).toBeCloseToTensor(points(4, 4), { atol: 1e-12 });
  expect(other!.box).toBeCloseToTensor([40, 0, 50, 10], { atol: 1e-12 });
});

test("weightedNms leaves landmarks out where there are none, and ends on boxes without area", () => {
  const [flat] = weightedNms([{ box: [3, 3, 3, 3], score: 0.9 }], 0.3);
  expect(flat).toEqual({ box: [3, 3, 3, 3], score: 0.9 });
});

test("mapBox turns a box by a quarter exactly, and takes what lies around a slanted one", () => {
  expect(mapBox([0, -1, 99, 1, 0, 0], [10, 20, 30, 25])).toEqual([74, 10, 79, 30]);
  const half = Math.SQRT1_2;
  expect(mapBox([half, -half, 0, half, half, 0], [0, 0, 2, 2])).toBeCloseToTensor(
    [-Math.SQRT2, 0, Math.SQRT2, 2 * Math.SQRT2],
    { atol: 1e-12 },
  );
});
