import fc from "fast-check";
import { expect, test } from "vitest";
import {
  applyHomography,
  composeHomography,
  type Homography,
  homographyOf,
  homographyOfPoints,
  IDENTITY,
  invertHomography,
  recentre,
} from "./homography.ts";
import { applyAffine } from "./similarity.ts";
import type { Affine, Point } from "./types.ts";

const small = fc.double({ min: -0.4, max: 0.4, noNaN: true });
/** Near enough to the identity to have an inverse, and no horizon near the points. */
const homographies = fc
  .tuple(small, small, small, small, small, small, small, small)
  .map(([a, b, c, d, e, f, g, h]): Homography => [1 + a, b, 9 * c, d, 1 + e, 9 * f, g / 20, h / 20, 1])
  .filter(([a, b, , d, e]) => Math.abs(a * e - b * d) > 0.1);
const points = fc.tuple(small, small).map(([x, y]): Point => [10 * x, 10 * y]);

test("one after the other is their composition, and the inverse leads back", () => {
  fc.assert(
    fc.property(homographies, homographies, points, (first, second, point) => {
      const both = applyHomography(composeHomography(second, first), point);
      expect(both).toBeCloseToTensor(applyHomography(second, applyHomography(first, point)), {
        atol: 1e-6,
        rtol: 1e-6,
      });
      const back = applyHomography(invertHomography(first), applyHomography(first, point));
      expect(back).toBeCloseToTensor(point, { atol: 1e-8 });
      expect(composeHomography(invertHomography(first), first)).toBeCloseToTensor(IDENTITY, { atol: 1e-8 });
    }),
    { seed: 25, numRuns: 200 },
  );
});

test("an affine is a homography, and recentred it moves points that are counted from elsewhere", () => {
  const affine: Affine = [2, -1, 5, 0.5, 3, -4];
  expect(applyHomography(homographyOf(affine), [3, 7])).toEqual(applyAffine(affine, [3, 7]));
  const turn: Homography = [0, -1, 0, 1, 0, 0, 0, 0, 1];
  expect(applyHomography(recentre(turn, 10, 20), [10, 20])).toEqual([10, 20]);
  expect(applyHomography(recentre(turn, 10, 20), [11, 20])).toEqual([10, 21]);
});

test("what has no inverse, and points that make no map, are refused", () => {
  expect(() => invertHomography([1, 2, 3, 2, 4, 6, 0, 0, 1])).toThrow("expected an invertible matrix");
  expect(() => invertHomography([Number.NaN, 0, 0, 0, 1, 0, 0, 0, 1])).toThrow("expected an invertible matrix");
  const square: Point[] = [
    [0, 0],
    [1, 0],
    [1, 1],
    [0, 1],
  ];
  expect(() => homographyOfPoints(square.slice(1), square)).toThrow(
    "expected four points and four targets, got 3 and 4",
  );
  const line: Point[] = [
    [0, 0],
    [1, 0],
    [2, 0],
    [3, 0],
  ];
  expect(() => homographyOfPoints(square, line)).toThrow("no three on a line");
  expect(() => homographyOfPoints(line, square)).toThrow(/no three on a line|invertible/);
});
