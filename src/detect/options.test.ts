import { expect, test } from "vitest";
import type { FaceDetection } from "../geometry/detection.ts";
import type { Box } from "../geometry/types.ts";
import { createImage } from "../image/image.ts";
import type { DetectOptions } from "./face-detector.ts";
import type { Finder, Search } from "./finder.ts";
import { createDetectorOf } from "./options.ts";

const image = createImage(200, 100);

function faceAt(box: Box, score: number): FaceDetection {
  const point = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2] as const;
  return { box, score, landmarks: [point, point, point, point, point] };
}

function finderOf(faces: FaceDetection[], seen: Search[] = []): Finder {
  return {
    scoreThreshold: 0.42,
    async find(_, search) {
      seen.push(search);
      return faces;
    },
    async [Symbol.asyncDispose]() {},
  };
}

const large = faceAt([0, 0, 60, 60], 0.6);
const sure = faceAt([150, 40, 180, 70], 0.9);
const middle = faceAt([80, 30, 120, 70], 0.7);
const detector = createDetectorOf("test/faces", finderOf([large, sure, middle]));

test.each([
  ["score", [sure, middle, large]],
  ["largest", [large, middle, sure]],
  ["central", [middle, large, sure]],
] as const)("faces come in the order %s", async (order, faces) => {
  expect(await detector.detect(image, { order })).toEqual(faces);
});

test("maxFaces keeps the first in the order asked for", async () => {
  expect(await detector.detect(image, { order: "largest", maxFaces: 1 })).toEqual([large]);
  expect(await detector.detect(image, { maxFaces: 5 })).toHaveLength(3);
});

test("minFaceSize measures the shorter side of the box", async () => {
  expect(await detector.detect(image, { minFaceSize: 40 })).toEqual([middle, large]);
  expect(await detector.detect(image, { minFaceSize: 40.5 })).toEqual([large]);
});

test("boxes are clipped to the image; a face wholly outside is none", async () => {
  const faces = [faceAt([-10, -20, 50, 40], 0.9), faceAt([150, 50, 230, 130], 0.8), faceAt([210, 0, 250, 40], 0.7)];
  const found = await createDetectorOf("test/edges", finderOf(faces)).detect(image);
  expect(found.map(({ box }) => box)).toEqual([
    [0, 0, 50, 40],
    [150, 50, 200, 100],
  ]);
});

test("what is not said has its default: the finder's own threshold, normal effort", async () => {
  const seen: Search[] = [];
  await createDetectorOf("test/defaults", finderOf([], seen)).detect(image);
  expect(seen).toEqual([
    {
      scoreThreshold: 0.42,
      minFaceSize: 0,
      effort: "normal",
      expectFace: false,
      near: [],
      frame: undefined,
      signal: undefined,
    },
  ]);
});

test.each<[DetectOptions, string]>([
  [{ scoreThreshold: Number.NaN }, "detect: scoreThreshold: expected a number above 0, at most 1, got NaN"],
  [{ scoreThreshold: 0 }, "scoreThreshold"],
  [{ scoreThreshold: 1.1 }, "scoreThreshold"],
  [{ minFaceSize: -1 }, "detect: minFaceSize: expected a number of pixels, 0 or more, got -1"],
  [{ minFaceSize: Number.NaN }, "minFaceSize"],
  [{ minFaceSize: Number.POSITIVE_INFINITY }, "minFaceSize"],
  [{ maxFaces: 0 }, "detect: maxFaces: expected a whole number, 1 or more, got 0"],
  [{ maxFaces: 1.5 }, "maxFaces"],
  [{ maxFaces: Number.NaN }, "maxFaces"],
  [{ order: "best" as "score" }, "detect: order: expected one of score, largest, central, got best"],
  [{ effort: "max" as "fast" }, "detect: effort: expected one of fast, normal, thorough, got max"],
  [{ orientations: 1 as unknown as boolean }, "detect: orientations: expected true or false, got 1"],
  [{ expectFace: "yes" as unknown as boolean }, "detect: expectFace: expected true or false, got yes"],
  [{ near: [[0, 0, Number.NaN, 4]] }, "detect: near: expected boxes of four finite numbers"],
  [{ frame: -1 }, "detect: frame: expected a whole number, 0 or more, got -1"],
])("%o is refused", async (options, message) => {
  await expect(detector.detect(image, options)).rejects.toMatchObject({
    code: "INVALID_ARGUMENT",
    message: expect.stringContaining(message),
  });
});

test("pixels that do not fill the image are refused", async () => {
  const broken = { width: 10, height: 10, data: new Uint8Array(100) };
  await expect(detector.detect(broken)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
});

test("a signal that has fired stops the search before it starts", async () => {
  const seen: Search[] = [];
  const cancelled = createDetectorOf("test/cancelled", finderOf([large], seen));
  await expect(cancelled.detect(image, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "CANCELLED" });
  expect(seen).toEqual([]);
});

test("a signal that fires during the search is heard", async () => {
  const controller = new AbortController();
  const finder = finderOf([large]);
  const slow: Finder = {
    ...finder,
    async find() {
      controller.abort();
      return [large];
    },
  };
  const detect = createDetectorOf("test/slow", slow).detect(image, { signal: controller.signal });
  await expect(detect).rejects.toMatchObject({ code: "CANCELLED" });
});
