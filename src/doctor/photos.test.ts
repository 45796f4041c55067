import { expect, test } from "vitest";
import type { FaceDetection } from "../geometry/detection.ts";
import { createImage } from "../image/image.ts";
import { cornersInPhoto, EXHIBITS, landmarksInPhoto, makeExhibits } from "./photos.ts";

/** A white rectangle on black, for a face whose eyes are its upper corners. */
const BOX = [40, 30, 80, 70] as const;
const image = createImage(160, 120);
for (let y = BOX[1]; y < BOX[3]; y++) image.data.fill(255, 3 * (160 * y + BOX[0]), 3 * (160 * y + BOX[2]));
const landmarks = [
  [40, 30],
  [79, 30],
  [60, 50],
  [40, 69],
  [79, 69],
] as unknown as FaceDetection["landmarks"];
const exhibits = makeExhibits({ image, faces: [{ box: BOX, score: 1, landmarks }] });

/** Where the bright part of an exhibit is, edge to edge. */
function brightBox({ width, data }: typeof image): [number, number, number, number] {
  const lit = Array.from({ length: data.length / 3 }, (_, p) => p).filter((p) => data[3 * p]! > 127);
  const [xs, ys] = [lit.map((p) => p % width), lit.map((p) => Math.floor(p / width))];
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs) + 1, Math.max(...ys) + 1];
}

test("what is seen in an exhibit is found where it is in the photograph", () => {
  expect(exhibits).toHaveLength(EXHIBITS);
  for (const exhibit of exhibits) {
    const corners = cornersInPhoto(exhibit, brightBox(exhibit.image)).flat();
    const edges = corners.map((value) => value + 0.5);
    // An edge is found to a pixel of the coarse one, which are three.
    for (const [k, edge] of edges.entries()) expect(Math.abs(edge - BOX[k]!)).toBeLessThanOrEqual(1.5);
  }
});

test("left stays left in a mirrored exhibit", () => {
  const mirrored = exhibits.find(({ isMirrored }) => isMirrored)!;
  const seen = landmarks.map(([x, y]) => [159 - x, y]) as unknown as typeof landmarks;
  const [left, right, nose, mouthLeft, mouthRight] = seen;
  expect(landmarksInPhoto(mirrored, [right, left, nose, mouthRight, mouthLeft])).toEqual(landmarks);
});
