import { expect, test } from "vitest";
import type { FaceDetection } from "../geometry/detection.ts";
import { ARCFACE_TEMPLATE, mapLandmarks, mirrorNames } from "../geometry/landmarks.ts";
import { alignFace } from "./align.ts";
import { cropFace } from "./crop-face.ts";
import { createImage, type Image } from "./image.ts";

/** Red grows to the right, green downwards; blue marks the left half. */
function gradient(width: number, height: number): Image {
  const image = createImage(width, height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) image.data.set([x, y, x < width / 2 ? 200 : 0], 3 * (y * width + x));
  }
  return image;
}

const photo = gradient(250, 250);
const face: FaceDetection = {
  box: [40, 60, 200, 180],
  score: 1,
  landmarks: mapLandmarks([1.2, 0.1, 50, -0.1, 1.2, 50], ARCFACE_TEMPLATE),
};
const at = ({ data, width }: Image, x: number, y: number) => [
  ...data.subarray(3 * (y * width + x), 3 * (y * width + x) + 3),
];

test("arcface is the aligned crop", () => {
  expect(cropFace(photo, face, "arcface", 112)).toEqual(alignFace(photo, face.landmarks));
});

test("mirrored exchanges left and right landmarks, which a turn cannot undo: another crop", () => {
  const crop = cropFace(photo, face, "mirrored", 112);
  expect(crop).toEqual(alignFace(photo, mirrorNames(face.landmarks)));
  expect(crop).not.toEqual(alignFace(photo, face.landmarks));
});

test("none stretches the box to the crop, edge to edge", () => {
  const crop = cropFace(photo, { ...face, box: [40, 60, 200, 140] }, "none", 80);
  // Crop pixel k spans 2 image pixels across and 1 down; its centre shows their mean.
  for (const k of [0, 1, 40, 79]) expect(at(crop, k, k).slice(0, 2)).toEqual([40 + 2 * k + 1, 60 + k]);
});

test("none shows black where the box reaches beyond the image", () => {
  const crop = cropFace(photo, { ...face, box: [-50, 0, 50, 100] }, "none", 50);
  expect(at(crop, 10, 25)).toEqual([0, 0, 0]);
  expect(at(crop, 40, 25)).not.toEqual([0, 0, 0]);
});
