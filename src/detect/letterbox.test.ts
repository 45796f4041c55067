import { expect, test } from "vitest";
import { applyAffine } from "../geometry/similarity.ts";
import { letterbox, squareAbout, wholeOf } from "./letterbox.ts";

/** Differences of a few hundred in float64. */
const TOLERANCE = { atol: 1e-9 };

const fixed = { width: 640, height: 640, dynamic: false, stride: 32 };
const dynamic = { ...fixed, dynamic: true };

test("top-left shrinks a large image into the corner, its sides in proportion", () => {
  const { width, height, toImage } = letterbox([0, 0, 1280, 960], fixed, "top-left");
  expect([width, height]).toEqual([640, 640]);
  // The corner of the first pixel stays the corner: edge 0 is at −½ of pixel centres.
  expect(applyAffine(toImage, [-0.5, -0.5])).toBeCloseToTensor([-0.5, -0.5], TOLERANCE);
  expect(applyAffine(toImage, [639.5, 479.5])).toBeCloseToTensor([1279.5, 959.5], TOLERANCE);
});

test("top-left does not enlarge what fits", () => {
  expect(letterbox([0, 0, 250, 200], fixed, "top-left").toImage).toBeCloseToTensor([1, 0, 0, 0, 1, 0], TOLERANCE);
});

test("top-left gives a network of any size no more rows and columns than needed, in whole strides", () => {
  const small = letterbox([0, 0, 250, 200], dynamic, "top-left");
  expect([small.width, small.height]).toEqual([256, 224]);
  const wide = letterbox([0, 0, 1280, 100], dynamic, "top-left");
  expect([wide.width, wide.height]).toEqual([640, 64]);
  const tiny = letterbox([0, 0, 1, 1], dynamic, "top-left");
  expect([tiny.width, tiny.height]).toEqual([32, 32]);
});

test("top-left starts at a region's own corner", () => {
  const { toImage } = letterbox([100, 50, 1380, 1330], fixed, "top-left");
  expect(applyAffine(toImage, [-0.5, -0.5])).toBeCloseToTensor([99.5, 49.5], TOLERANCE);
});

test("centred fills the longer side and leaves the same room on both sides of the other", () => {
  const { toImage } = letterbox([0, 0, 384, 192], { ...fixed, width: 192, height: 192 }, "centred");
  expect(applyAffine(toImage, [-0.5, -0.5])).toBeCloseToTensor([-0.5, -96.5], TOLERANCE);
  expect(applyAffine(toImage, [191.5, 191.5])).toBeCloseToTensor([383.5, 287.5], TOLERANCE);
});

test("centred with padding leaves that share of the longer side on each side of the region", () => {
  const { toImage } = letterbox([0, 0, 100, 100], { ...fixed, width: 192, height: 192 }, "centred", 0.25);
  expect(applyAffine(toImage, [-0.5, -0.5])).toBeCloseToTensor([-25.5, -25.5], TOLERANCE);
  expect(applyAffine(toImage, [191.5, 191.5])).toBeCloseToTensor([124.5, 124.5], TOLERANCE);
});

test("stretched brings each side to its own", () => {
  const { toImage } = letterbox([0, 0, 640, 240], { ...fixed, width: 320, height: 240 }, "stretched");
  expect(toImage).toBeCloseToTensor([2, 0, 0.5, 0, 1, 0], TOLERANCE);
});

test("squareAbout keeps the centre and takes the longer side", () => {
  expect(squareAbout([10, 20, 30, 60])).toEqual([0, 20, 40, 60]);
  expect(squareAbout([10, 20, 30, 60], 2)).toEqual([-20, 0, 60, 80]);
});

test("wholeOf is the image from edge to edge", () => {
  expect(wholeOf({ width: 3, height: 2 })).toEqual([0, 0, 3, 2]);
});
