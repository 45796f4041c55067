import { expect, test } from "vitest";
import { createRandom } from "../../tensor/random.ts";
import { createImage, type Image } from "../image.ts";
import { resizeArea, resizeBilinear } from "../resize.ts";
import { AUGMENTATIONS, augment } from "./augment.ts";
import { gaussianBlur } from "./gaussian-blur.ts";
import golden from "./golden/augment.json" with { type: "json" };
import { toGrey, turnColours } from "./hue-saturation.ts";

// scripts/golden/augment.py makes the same image
const image = createImage(
  13,
  10,
  Uint8Array.from({ length: 390 }, (_, i) => Math.floor((i * i * 31 + i * 7) / 16) % 256),
);

/** Ours is rounded once, at the end; OpenCV's weights are of 8 or 11 bits, so that a half may fall the other way. */
const ONE_LEVEL = { atol: 1 };

test.each(golden.area)("resizeArea to $width×$height is OpenCV's INTER_AREA", ({ width, height, data }) => {
  expect(resizeArea(image, width, height).data).toBeCloseToTensor(data, ONE_LEVEL);
});

test.each(golden.bilinear)("resizeBilinear to $width×$height is OpenCV's INTER_LINEAR", ({ width, height, data }) => {
  expect(resizeBilinear(image, width, height).data).toBeCloseToTensor(data, ONE_LEVEL);
});

test.each(golden.blur)("gaussianBlur over $window pixels is OpenCV's", ({ window, data }) => {
  expect(gaussianBlur(image, window).data).toBeCloseToTensor(data, ONE_LEVEL);
});

test.each(golden.colours)("turnColours by $hue° and ×$saturation is the complex product's", (golden) => {
  expect(turnColours(image, golden).data).toBeCloseToTensor(golden.data, { atol: 0 });
});

test("brightness weighs red, green and blue apart, so that the order of colours shows", () => {
  const pure = (...rgb: number[]): Image => createImage(1, 1, Uint8Array.from(rgb));
  expect(
    [toGrey(pure(255, 0, 0)), toGrey(pure(0, 255, 0)), toGrey(pure(0, 0, 255))].map(({ data }) => [...data]),
  ).toEqual([76, 150, 29].map((level) => [level, level, level]));
  // Red turns towards yellow, not towards violet.
  const [, green, blue] = turnColours(pure(200, 60, 60), { hue: 20 }).data;
  expect(green).toBeGreaterThan(blue!);
});

test("one colour stays it under every change but that of colours", () => {
  const skin = createImage(
    8,
    8,
    Uint8Array.from({ length: 192 }, (_, i) => [200, 150, 120][i % 3]!),
  );
  for (const changed of [gaussianBlur(skin, 5), resizeArea(skin, 5, 3), resizeBilinear(skin, 11, 30)]) {
    expect(new Set(changed.data)).toEqual(new Set([200, 150, 120]));
  }
});

test("each change happens as often as it says, and the same numbers make the same picture", () => {
  const never = AUGMENTATIONS.none;
  const ROUNDS = 2000;
  for (const [name, likely] of Object.entries(AUGMENTATIONS.dali)) {
    const random = createRandom(11);
    const changed = Array.from(
      { length: ROUNDS },
      () => augment(image, { ...never, [name]: likely }, random) !== image,
    );
    const share = changed.filter(Boolean).length / ROUNDS;
    // Four standard deviations of a share of 2,000.
    expect(Math.abs(share - likely), name).toBeLessThan(4 * Math.sqrt((likely * (1 - likely)) / ROUNDS));
  }
  const twice = [1, 2].map(() => augment(image, AUGMENTATIONS.dali, createRandom(4)).data);
  expect(twice[0]).toEqual(twice[1]);
});

test("what one change draws leaves the others as they are", () => {
  const flipped = (blur: number): boolean[] =>
    Array.from({ length: 50 }, (_, seed) => augment(image, { ...AUGMENTATIONS.flip, blur }, createRandom(seed)))
      .map(
        ({ data }, seed) => [data, augment(image, { ...AUGMENTATIONS.none, blur }, createRandom(seed)).data] as const,
      )
      .map(([data, unflipped]) => data.some((level, i) => level !== unflipped[i]));
  expect(flipped(1)).toEqual(flipped(0));
});
