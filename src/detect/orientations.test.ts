import { expect, test } from "vitest";
import type { FaceDetection } from "../geometry/detection.ts";
import type { Image } from "../image/image.ts";
import { type QuarterTurns, rotate90 } from "../image/transform.ts";
import type { Finder, Search } from "./finder.ts";
import { findInOrientations } from "./orientations.ts";
import { picture } from "./testing/fake-networks.ts";

const search: Search = { scoreThreshold: 0.5, minFaceSize: 0, effort: "normal", expectFace: false, signal: undefined };

/** A face: eyes are the red and the blue pixel, mouth corners the green ones; here upright, in a 40×30 picture. */
const upright = picture(
  40,
  30,
  [10, 5, 1, 1, 255, 0, 0],
  [18, 5, 1, 1, 0, 0, 255],
  [11, 15, 1, 1, 255, 255, 0],
  [17, 15, 1, 1, 0, 255, 255],
);

/** Finds that face however it is turned, its score 0.9 upright and 0.8 else, as real detectors do. */
const finder: Finder = {
  scoreThreshold: 0.5,
  async find(image, { expectFace }) {
    const [leftEye, rightEye, mouthLeft, mouthRight] = [
      pixel(image, [255, 0, 0]),
      pixel(image, [0, 0, 255]),
      pixel(image, [255, 255, 0]),
      pixel(image, [0, 255, 255]),
    ];
    if (!leftEye || !rightEye || !mouthLeft || !mouthRight) return expectFace ? [somewhere(image)] : [];
    const xs = [leftEye, rightEye, mouthLeft, mouthRight].map(([x]) => x);
    const ys = [leftEye, rightEye, mouthLeft, mouthRight].map(([, y]) => y);
    return [
      {
        box: [Math.min(...xs), Math.min(...ys), Math.max(...xs) + 1, Math.max(...ys) + 1],
        score: mouthLeft[1] > leftEye[1] ? 0.9 : 0.8,
        landmarks: [leftEye, rightEye, leftEye, mouthLeft, mouthRight],
      },
    ];
  },
  async [Symbol.asyncDispose]() {},
};

function pixel({ width, height, data }: Image, rgb: number[]): [number, number] | null {
  for (let i = 0; i < width * height; i++) {
    if (rgb.every((value, c) => data[3 * i + c] === value)) return [i % width, Math.floor(i / width)];
  }
  return null;
}

function somewhere({ width, height }: Image): FaceDetection {
  const score = width > height ? 0.2 : 0.3;
  return {
    box: [0, 0, 10, 10],
    score,
    landmarks: [
      [2, 2],
      [8, 2],
      [5, 5],
      [3, 8],
      [7, 8],
    ],
  };
}

test.each([0, 1, 2, 3] as const)(
  "a face turned by %i quarters is found where it is, under its own names",
  async (turns) => {
    const image = rotate90(upright, turns as QuarterTurns);
    const [face, ...others] = await findInOrientations(image, finder, search);
    expect(others).toEqual([]);
    expect(face!.score).toBe(0.9);
    // The left eye is the red pixel still, wherever the turn has brought it.
    expect(face!.landmarks[0]).toEqual(pixel(image, [255, 0, 0]));
    expect(face!.landmarks[4]).toEqual(pixel(image, [0, 255, 255]));
    const [x, y] = pixel(image, [255, 0, 0])!;
    const [x0, y0, x1, y1] = face!.box;
    expect([x0, y0, x1, y1].every(Number.isInteger)).toBe(true);
    expect(x >= x0 && x < x1 && y >= y0 && y < y1).toBe(true);
    expect([x1 - x0, y1 - y0].sort((a, b) => a - b)).toEqual([9, 11]);
  },
);

test("where no orientation shows a face, none is made up", async () => {
  expect(await findInOrientations(picture(40, 30), finder, search)).toEqual([]);
});

test("an expected face is the best candidate of all orientations", async () => {
  const [face] = await findInOrientations(picture(40, 30), finder, { ...search, expectFace: true });
  expect(face!.score).toBe(0.3);
});

test("a signal stops the turning", async () => {
  const signal = AbortSignal.abort();
  await expect(findInOrientations(upright, finder, { ...search, signal })).rejects.toMatchObject({ code: "CANCELLED" });
});
