import fc from "fast-check";
import { expect, test } from "vitest";
import golden from "./golden/align.json" with { type: "json" };
import { ARCFACE_TEMPLATE, mirrorNames } from "./landmarks.ts";
import { applyAffine, composeAffine, estimateSimilarity, invertAffine } from "./similarity.ts";
import type { Affine, Point } from "./types.ts";

/** Both sides are float64 and differ only in the order of sums over pixels of a few hundred. */
const TOLERANCE = { atol: 1e-9 };

const face: Point[] = [
  [310, 205],
  [398, 199],
  [352, 260],
  [318, 305],
  [391, 301],
];

// scripts/golden/align.py: numpy's SVD; the last four need a mirror, which a similarity has not
test.each(golden.map((one, i) => [i, one] as const))(
  "estimateSimilarity agrees with Umeyama's SVD, face %i",
  (_, one) => {
    expect(estimateSimilarity(one.landmarks as unknown as Point[], ARCFACE_TEMPLATE)).toBeCloseToTensor(
      one.matrix,
      TOLERANCE,
    );
  },
);

test("estimateSimilarity maps the template to itself", () => {
  expect(estimateSimilarity(ARCFACE_TEMPLATE, ARCFACE_TEMPLATE)).toBeCloseToTensor([1, 0, 0, 0, 1, 0], TOLERANCE);
});

test("estimateSimilarity finds the turn, scale and shift that made the points", () => {
  const made: Affine = [1.2, -1.6, 30, 1.6, 1.2, -7];
  const moved = face.map((point) => applyAffine(made, point));
  expect(estimateSimilarity(face, moved)).toBeCloseToTensor(made, TOLERANCE);
});

test("two points are enough", () => {
  const affine = estimateSimilarity(
    [
      [0, 0],
      [10, 0],
    ],
    [
      [5, 5],
      [5, 25],
    ],
  ); // a quarter turn, twice the size
  expect(affine).toBeCloseToTensor([0, -2, 5, 2, 0, 5], TOLERANCE);
});

test("landmarks with left and right swapped give a transform that is clearly another, and far from the template", () => {
  const right = estimateSimilarity(face as unknown as Point[], ARCFACE_TEMPLATE);
  const swapped = mirrorNames([face[0]!, face[1]!, face[2]!, face[3]!, face[4]!]);
  const wrong = estimateSimilarity(swapped, ARCFACE_TEMPLATE);
  const error = (affine: Affine, points: readonly Point[]) =>
    Math.max(
      ...points.map((p, i) =>
        Math.hypot(
          applyAffine(affine, p)[0] - ARCFACE_TEMPLATE[i]![0],
          applyAffine(affine, p)[1] - ARCFACE_TEMPLATE[i]![1],
        ),
      ),
    );
  expect(error(right, face)).toBeLessThan(3);
  expect(error(wrong, swapped)).toBeGreaterThan(20);
});

test.each<[string, Point[], string]>([
  [
    "one point five times",
    Array<Point>(5).fill([7.1, 7.3]),
    "expected at least two distinct points, got one, repeated",
  ],
  ["one point at the origin", Array<Point>(5).fill([0, 0]), "expected at least two distinct points, got one, repeated"],
  [
    "no number",
    face.map((p, i): Point => (i === 2 ? [Number.NaN, 1] : p)),
    "expected points of finite numbers, got (NaN, 1)",
  ],
  [
    "infinity",
    face.map((p, i): Point => (i === 4 ? [1, Number.NEGATIVE_INFINITY] : p)),
    "expected points of finite numbers",
  ],
  ["too few points", face.slice(0, 4), "expected as many points as targets, got 4 and 5"],
])("estimateSimilarity says what is wrong with %s", (_, points, message) => {
  expect(() => estimateSimilarity(points, ARCFACE_TEMPLATE)).toThrow(`estimateSimilarity: ${message}`);
});

test("estimateSimilarity refuses a single point, none, and targets all in one place", () => {
  expect(() => estimateSimilarity([[1, 2]], [[3, 4]])).toThrow("at least two distinct points, got 1");
  expect(() => estimateSimilarity([], [])).toThrow("at least two distinct points, got 0");
  expect(() => estimateSimilarity(face, Array<Point>(5).fill([9, 9]))).toThrow("got one, repeated");
});

const affine = fc
  .tuple(...Array.from({ length: 6 }, () => fc.integer({ min: -40, max: 40 })))
  .map((n) => n as unknown as Affine)
  .filter(([a, b, , d, e]) => a * e - b * d !== 0);

test("an affine after its inverse leaves points where they are", () => {
  fc.assert(
    fc.property(affine, (one) => {
      expect(composeAffine(invertAffine(one), one)).toBeCloseToTensor([1, 0, 0, 0, 1, 0], { atol: 1e-8 });
    }),
    { seed: 7 },
  );
});

test("composeAffine applies its second argument first", () => {
  fc.assert(
    fc.property(affine, affine, (second, first) => {
      const point: Point = [3, -5];
      expect(applyAffine(composeAffine(second, first), point)).toBeCloseToTensor(
        applyAffine(second, applyAffine(first, point)),
        TOLERANCE,
      );
    }),
    { seed: 7 },
  );
});

test.each<[string, Affine]>([
  ["flat", [1, 2, 0, 2, 4, 0]],
  ["zero", [0, 0, 3, 0, 0, 4]],
  ["NaN", [1, 0, Number.NaN, 0, 1, 0]],
])("invertAffine refuses a %s affine", (_, bad) => {
  expect(() => invertAffine(bad)).toThrow("invertAffine: expected an invertible affine of finite numbers");
});
