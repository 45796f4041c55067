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
