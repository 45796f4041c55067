import { expect, test } from "vitest";
import { ARCFACE_TEMPLATE, mapLandmarks } from "../geometry/landmarks.ts";
import type { Landmarks } from "../geometry/types.ts";
import { createImage, type Image } from "../image/image.ts";
import { createRandom } from "../tensor/random.ts";
import { faceDetail } from "./detail.ts";
import { estimatePose } from "./pose.ts";
import { faceQuality } from "./quality.ts";

/** The template's face turned: the nose across by that share of the way from eyes to mouth. */
const turned = (yaw: number): Landmarks => {
  const [leftEye, rightEye, [x, y], mouthLeft, mouthRight] = ARCFACE_TEMPLATE;
  return [leftEye, rightEye, [x + 40.69 * yaw, y], mouthLeft, mouthRight];
};

/** Blocks of that many pixels, black or white at random: the larger, the less detail. */
function blocks(side: number, { low = 0, high = 255 } = {}): Image {
  const random = createRandom(3);
  const cells = Array.from({ length: 112 * 112 }, () => (random.uniform() < 0.5 ? low : high));
  const image = createImage(112, 112);
  for (let y = 0; y < 112; y++) {
    for (let x = 0; x < 112; x++) {
      const value = cells[112 * Math.floor(y / side) + Math.floor(x / side)]!;
      image.data.fill(value, 3 * (112 * y + x), 3 * (112 * y + x) + 3);
    }
  }
  return image;
}

test("the template looks straight ahead, however large, where and how far turned in the picture", () => {
  for (const face of [ARCFACE_TEMPLATE, mapLandmarks([0.6, -1.9, 300, 1.9, 0.6, -40], ARCFACE_TEMPLATE)]) {
    expect(estimatePose(face)!.yaw).toBeCloseTo(0, 12);
    expect(estimatePose(face)!.pitch).toBeCloseTo(0, 12);
  }
});

test("a nose moved to the picture's right is a positive yaw of so much, its mirror image a negative one", () => {
  expect(estimatePose(turned(0.4))!.yaw).toBeCloseTo(0.4, 3);
  expect(estimatePose(turned(-0.4))!.yaw).toBeCloseTo(-0.4, 3);
});

test("a nose nearer to the mouth is a positive pitch", () => {
  const [leftEye, rightEye, [x, y], mouthLeft, mouthRight] = ARCFACE_TEMPLATE;
  expect(estimatePose([leftEye, rightEye, [x, y + 8], mouthLeft, mouthRight])!.pitch).toBeCloseTo(8 / 40.68, 2);
});

test("points that are one have no pose, and a face of them no quality", () => {
  const point: Landmarks = [
    [5, 5],
    [5, 5],
    [5, 5],
    [5, 5],
    [5, 5],
  ];
  expect(estimatePose(point)).toBeNull();
  expect(faceQuality({ landmarks: point })).toBe(0);
});

test("detail falls with the size of what there is to see, and brightness and contrast do not change it", () => {
  const [fine, middling, coarse] = [2, 6, 16].map((side) => faceDetail(blocks(side)));
  expect(fine).toBeGreaterThan(2 * middling!);
  expect(middling).toBeGreaterThan(2 * coarse!);
  expect(faceDetail(blocks(6, { low: 60, high: 160 }))).toBeCloseTo(middling!, 1);
});

test("one colour, and the noise of the dark, are no detail", () => {
  expect(faceDetail(createImage(112, 112))).toBe(0);
  expect(faceDetail(createImage(1, 1))).toBe(0);
  expect(faceDetail(blocks(1, { low: 10, high: 11 }))).toBe(0);
});

test("detail is that of the face alone: what surrounds it in the crop does not count", () => {
  const face = blocks(6);
  const framed = createImage(112, 112, face.data.slice());
  framed.data.fill(0, 0, 3 * 112 * 30);
  framed.data.fill(255, 3 * 112 * 104);
  expect(faceDetail(framed)).toBe(faceDetail(face));
});

test("quality is near 1 for a large sharp face from the front, and falls with size, yaw, blur and doubt", () => {
  const good = { landmarks: ARCFACE_TEMPLATE, score: 0.9, crop: blocks(4) };
  expect(faceQuality(good)).toBeGreaterThan(0.9);
  // 8.5 px from eyes to mouth, and a yaw of 0.4: half each
  const small = mapLandmarks([8.5 / 40.685, 0, 0, 0, 8.5 / 40.685, 0], ARCFACE_TEMPLATE);
  expect(faceQuality({ landmarks: small })).toBeCloseTo(0.5, 2);
  expect(faceQuality({ landmarks: turned(0.4) })).toBeCloseTo(0.5, 2);
  expect(faceQuality({ ...good, score: 0.25 })).toBeCloseTo(faceQuality(good) / 2, 12);
  expect(faceQuality({ ...good, crop: createImage(112, 112) })).toBe(0);
});
