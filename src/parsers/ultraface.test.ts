import { expect, test } from "vitest";
import { float32 } from "../tensor/tensor.ts";
import { parseUltraface } from "./ultraface.ts";

const size = { width: 320, height: 240, scoreThreshold: 0.6 };

function syntheticOutputs() {
  const scores = new Float32Array(2 * 4420).map((_, i) => (i % 2 === 0 ? 1 : 0));
  const boxes = new Float32Array(4 * 4420);
  scores.set([0.3, 0.7], 2 * 100);
  boxes.set([0.25, 0.5, 0.5, 1.125], 4 * 100);
  return { scores: float32(scores, [1, 4420, 2]), boxes: float32(boxes, [1, 4420, 4]) };
}

test("parseUltraface reads the face's column and scales fractions to pixels, beyond the edge too", () => {
  const [face, ...others] = parseUltraface(syntheticOutputs(), size);
  expect(others).toEqual([]);
  expect(face!.box).toEqual([80, 120, 160, 270]);
  expect(face!.score).toBeCloseTo(0.7, 6);
});

test("parseUltraface counts the anchors of other sizes", () => {
  // RFB-640: 640×480 has 17640.
  expect(() => parseUltraface(syntheticOutputs(), { ...size, width: 640, height: 480 })).toThrow(
    "ultraface: expected output scores of [17640, 2], got [1, 4420, 2]",
  );
});
