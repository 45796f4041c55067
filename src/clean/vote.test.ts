import { expect, test } from "vitest";
import { anatomyOf, vote } from "./vote.ts";

/** Unit vectors in a plane. */
const at = (...degrees: number[]): Float32Array =>
  Float32Array.from(degrees.flatMap((d) => [Math.cos((d * Math.PI) / 180), Math.sin((d * Math.PI) / 180)]));

// Two classes of two centres: 0° and 90°; 180° and 200°. Centres of other lengths than 1.
const centres = { weights: at(0, 90, 180, 200).map((x) => 3 * x), subCenters: 2, size: 2 };

test("each crop votes for its nearest centre; angles are to the one with most votes", () => {
  const labels = [0, 0, 0, 1, 1];
  const votes = vote({ embeddings: at(10, 20, 80, 195, 170), labels, classes: 2 }, centres);
  expect([...votes.nearest]).toEqual([0, 0, 1, 1, 0]);
  // A tie goes to the first.
  expect([...votes.dominant]).toEqual([0, 0]);
  expect([...votes.angles].map(Math.round)).toEqual([10, 20, 80, 15, 10]);
  expect(anatomyOf(votes, labels, 15.5)).toEqual({
    dominantKept: 2,
    dominantDropped: 1,
    otherKept: 1,
    otherDropped: 1,
  });
});

test("a crop at the threshold is dropped, as its cosine is not above", () => {
  const votes = { nearest: Uint8Array.of(0), dominant: Uint8Array.of(0), angles: Float32Array.of(75) };
  expect(anatomyOf(votes, [0], 75).dominantDropped).toBe(1);
});

test("a class without crops is none", () => {
  expect([...vote({ embeddings: at(180), labels: [1], classes: 2 }, centres).nearest]).toEqual([0]);
});

test.each([
  [{ embeddings: at(0), labels: [2], classes: 2 }, /labels below 2, got 2/],
  [{ embeddings: at(0, 1), labels: [0], classes: 2 }, /1 embeddings of 2, got 4/],
  [{ embeddings: at(0), labels: [0], classes: 3 }, /centres of 3·2·2, got 8/],
])("what does not fit is refused: %#", (labelled, message) => {
  expect(() => vote(labelled, centres)).toThrow(message);
});
