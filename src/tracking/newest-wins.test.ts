import { expect, test } from "vitest";
import { createNewestWins } from "./newest-wins.ts";

/** Unit vectors of the plane, by their angle: the cosine of two is that of the difference. */
const at = (degrees: number, length = 1): Float32Array =>
  Float32Array.of(length * Math.cos((degrees * Math.PI) / 180), length * Math.sin((degrees * Math.PI) / 180));

test("faces are numbered in the order in which they come, and known again above the threshold", () => {
  const people = createNewestWins({ csim: 0.8 });
  expect(people.identify([at(0), at(90)])).toEqual(["person_0", "person_1"]);
  expect(people.identify([at(80), at(5), at(200)])).toEqual(["person_1", "person_0", "person_2"]);
});

test("the newest embedding takes the place of the one before, so that a person drifts", () => {
  const people = createNewestWins({ csim: 0.8 });
  // Steps of 30° (cosine 0.87) are the same person, though the last is the opposite of the first.
  for (const angle of [0, 30, 60, 90, 120, 150, 180]) expect(people.identify([at(angle)])).toEqual(["person_0"]);
  expect(people.identify([at(0)])).toEqual(["person_1"]);
});

test("a similarity of exactly the threshold is the same person, and of equals the first", () => {
  const people = createNewestWins({ csim: 1 });
  expect(people.identify([Float32Array.of(1, 0), Float32Array.of(2, 0)])).toEqual(["person_0", "person_0"]);
  // (1, 0) and (0, 1) are equally far from (1, 1).
  const equals = createNewestWins({ csim: 0.7 });
  expect(equals.identify([Float32Array.of(0, 1), Float32Array.of(1, 0), Float32Array.of(1, 1)])).toEqual([
    "person_0",
    "person_1",
    "person_0",
  ]);
});

test("lengths do not count, and two faces of a frame may be one person", () => {
  const people = createNewestWins();
  expect(people.identify([at(10, 20), at(12, 0.1)])).toEqual(["person_0", "person_0"]);
});

test("an embedding of zeros is nobody's, even with a threshold of 0, and is somebody new each time", () => {
  const people = createNewestWins({ csim: 0, labelBasename: "face" });
  const zeros = new Float32Array(2);
  expect(people.identify([zeros, zeros])).toEqual(["face_0", "face_1"]);
});

test("a threshold that is no number, or not in 0–1, is refused with the original's words", () => {
  expect(() => createNewestWins({ csim: "0.5" as never })).toThrow("Cosine similarity threshold must be a float.");
  for (const csim of [-0.1, 1.1, Number.NaN]) {
    expect(() => createNewestWins({ csim })).toThrow("Cosine similarity threshold must be between 0 and 1.");
  }
});
