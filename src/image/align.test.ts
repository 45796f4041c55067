import { expect, test } from "vitest";
import { ARCFACE_TEMPLATE, arcfaceTemplate, mapLandmarks, mirrorNames } from "../geometry/landmarks.ts";
import type { Affine, Landmarks, Point } from "../geometry/types.ts";
import { alignFace } from "./align.ts";
import { createImage, type Image } from "./image.ts";

/** A discs' face: one colour a landmark, on grey. */
const COLOURS = [
  [250, 20, 20],
  [20, 250, 20],
  [20, 20, 250],
  [250, 250, 20],
  [20, 250, 250],
] as const;

function draw(width: number, height: number, landmarks: Landmarks, radius: number): Image {
  const image = createImage(width, height);
  image.data.fill(90);
  for (const [k, [cx, cy]] of landmarks.entries()) {
    for (let y = Math.ceil(cy - radius); y <= cy + radius; y++) {
      for (let x = Math.ceil(cx - radius); x <= cx + radius; x++) {
        if (Math.hypot(x - cx, y - cy) <= radius) image.data.set(COLOURS[k]!, 3 * (y * width + x));
      }
    }
  }
  return image;
}

function colourAt({ width, data }: Image, [x, y]: Point): number[] {
  const at = 3 * (Math.round(y) * width + Math.round(x));
  return [...data.subarray(at, at + 3)];
}

/** Turned by 30°, three times the template's size. */
const POSE: Affine = [2.598, -1.5, 150, 1.5, 2.598, 20];
const landmarks = mapLandmarks(POSE, ARCFACE_TEMPLATE);
const photo = draw(480, 480, landmarks, 12);

test.each([112, 128, 160, 224])("alignFace brings each landmark to its place in a crop of %i", (size) => {
  const crop = alignFace(photo, landmarks, { size });
  expect([crop.width, crop.height]).toEqual([size, size]);
  expect(arcfaceTemplate(size).map((point) => colourAt(crop, point))).toEqual(COLOURS);
});

test("alignFace makes 112 of it where nothing is said", () => {
  expect(alignFace(photo, landmarks).width).toBe(112);
});

test("landmarks with left and right swapped give another crop: the eyes are not where they belong", () => {
  const crop = alignFace(photo, mirrorNames(landmarks));
  expect(colourAt(crop, ARCFACE_TEMPLATE[0])).not.toEqual(COLOURS[0]);
  expect(colourAt(crop, ARCFACE_TEMPLATE[1])).not.toEqual(COLOURS[1]);
});

test("a face at the edge of the photo is black where the photo ends", () => {
  const crop = alignFace(photo, mapLandmarks([1, 0, -100, 0, 1, 0], ARCFACE_TEMPLATE));
  expect(colourAt(crop, [50, 50])).toEqual([0, 0, 0]);
  expect(colourAt(crop, [105, 50])).toEqual([90, 90, 90]);
});

test("alignFace refuses landmarks in one place, and sizes that are none", () => {
  const point: Point = [5, 5];
  expect(() => alignFace(photo, [point, point, point, point, point])).toThrow("at least two distinct points");
  expect(() => alignFace(photo, landmarks, { size: -1 })).toThrow("arcfaceTemplate: expected a whole number of pixels");
});

test("a large face is averaged, not picked from: a chequerboard of single pixels becomes its mean", () => {
  const image = createImage(600, 600);
  for (let y = 0; y < 600; y++) {
    for (let x = 0; x < 600; x++)
      image.data.fill((x + y) % 2 === 0 ? 0 : 200, 3 * (y * 600 + x), 3 * (y * 600 + x) + 3);
  }
  const crop = alignFace(image, mapLandmarks([4, 0, 70, 0, 4, 50], ARCFACE_TEMPLATE));
  expect([...new Set(crop.data)]).toEqual([100]);
});

// At each span another number of halvings; every pixel's place must be kept, at odd offsets and at the edges too.
test.each([1.5, 1.7, 2.9, 3.4, 5, 7.3])("a crop pixel of %f image pixels shows its own place", (span) => {
  const [width, height] = [901, 903];
  const image = createImage(width, height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) image.data.set([x / 4, y / 4, 0], 3 * (y * width + x));
  }
  const [left, top] = [11.3, 27.6];
  const crop = alignFace(image, mapLandmarks([span, 0, left, 0, span, top], ARCFACE_TEMPLATE));
  for (const [i, j] of [
    [0, 0],
    [111, 111],
    [56, 3],
    [7, 90],
  ] as const) {
    const [r, g] = colourAt(crop, [i, j]);
    // The ramp's levels are truncated quarters (up to ¾ low), then rounded at each halving and in the warp.
    expect(r).toBeGreaterThan((left + span * i) / 4 - 1.6);
    expect(r).toBeLessThan((left + span * i) / 4 + 0.9);
    expect(g).toBeGreaterThan((top + span * j) / 4 - 1.6);
    expect(g).toBeLessThan((top + span * j) / 4 + 0.9);
  }
});
