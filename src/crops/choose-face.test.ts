import { expect, test } from "vitest";
import { faceAt } from "../recognize/testing/fakes.ts";
import { chooseFace } from "./choose-face.ts";

const size = { width: 200, height: 100 };
const [left, middle, small] = [faceAt(0, 0, 90), faceAt(80, 30, 40), faceAt(95, 45, 12)];

test("the nearest to the centre, the largest, or the only face", () => {
  const faces = [left, middle];
  expect(chooseFace(faces, size, { face: "center", minSize: 0 })).toBe(middle);
  expect(chooseFace(faces, size, { face: "largest", minSize: 0 })).toBe(left);
  expect(chooseFace(faces, size, { face: "only", minSize: 0 })).toBe("several-faces");
  expect(chooseFace([left], size, { face: "only", minSize: 0 })).toBe(left);
  expect(chooseFace([], size, { face: "only", minSize: 0 })).toBe("no-face");
});

test("faces that are too small count for nothing, unless there are no others", () => {
  expect(chooseFace([middle, small], size, { face: "only", minSize: 20 })).toBe(middle);
  expect(chooseFace([left, small], size, { face: "center", minSize: 20 })).toBe(left);
  expect(chooseFace([small], size, { face: "center", minSize: 20 })).toBe("too-small");
});
