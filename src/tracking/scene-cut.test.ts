import { expect, test } from "vitest";
import { createImage, type Image } from "../image/image.ts";
import { createCutDetector } from "./scene-cut.ts";

/** Bright discs on dark ground. */
function scene(discs: readonly (readonly [x: number, y: number, r: number])[], level = 200): Image {
  const image = createImage(320, 180);
  for (let y = 0; y < 180; y++) {
    for (let x = 0; x < 320; x++) {
      const inside = discs.some(([cx, cy, r]) => (x - cx) ** 2 + (y - cy) ** 2 < r * r);
      image.data.fill(inside ? level : 20, 3 * (y * 320 + x), 3 * (y * 320 + x) + 3);
    }
  }
  return image;
}

test("another scene is a cut, once; the first picture is none", () => {
  const { isCut } = createCutDetector();
  const left = scene([[60, 90, 60]]);
  const right = scene([
    [250, 60, 50],
    [180, 150, 40],
  ]);
  expect([left, left, right, right, left].map(isCut)).toEqual([false, false, true, false, true]);
});

test("what moves through the picture, and light that changes a little, are no cut", () => {
  const { isCut } = createCutDetector();
  for (let frame = 0; frame < 30; frame++) {
    expect(isCut(scene([[60 + 6 * frame, 90, 50]], 200 - frame))).toBe(false);
  }
});

test("a picture of one tone, and another size than before, are no errors", () => {
  const { isCut } = createCutDetector();
  expect([createImage(8, 8), createImage(320, 180), createImage(1, 1)].map(isCut)).toEqual([false, false, false]);
});
