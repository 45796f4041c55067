import { expect, test } from "vitest";
import { float32 } from "../tensor/tensor.ts";
import { parseBlazeface } from "./blazeface.ts";

const size = { width: 192, height: 192, scoreThreshold: 0.5 };
/** float32 sums of whole numbers are exact; the sigmoid is not. */
const TOLERANCE = { atol: 1e-6 };

/** Nothing anywhere but in the cell at column 10, row 20, whose anchor is at (42, 82). */
function syntheticOutputs(logit: number) {
  const scores = new Float32Array(2304).fill(-100);
  const regressors = new Float32Array(2304 * 16);
  scores[20 * 48 + 10] = logit;
  regressors.set([2, 4, 40, 60, -8, -6, 8, -6, 0, 2, 0, 12, -20, 0, 20, 0], 16 * (20 * 48 + 10));
  return { scores: float32(scores, [1, 2304, 1]), regressors: float32(regressors, [1, 2304, 16]) };
}

test("parseBlazeface decodes about the anchor in the cell's middle, through the sigmoid", () => {
  const [face, ...others] = parseBlazeface(syntheticOutputs(Math.log(3)), size);
  expect(others).toEqual([]);
  expect(face!.score).toBeCloseTo(0.75, 6);
  expect(face!.box).toBeCloseToTensor([24, 56, 64, 116], TOLERANCE);
  // Points are at pixel centres, half a pixel before the edge coordinates; mouth corners a quarter of the eyes' way.
  expect(face!.landmarks!.flat()).toBeCloseToTensor(
    [33.5, 75.5, 49.5, 75.5, 41.5, 83.5, 37.5, 93.5, 45.5, 93.5],
    TOLERANCE,
  );
});

test("parseBlazeface takes a score of exactly the threshold", () => {
  expect(parseBlazeface(syntheticOutputs(0), size)).toHaveLength(1);
  expect(parseBlazeface(syntheticOutputs(-0.001), size)).toHaveLength(0);
});

test("parseBlazeface refuses the short-range model, whose grid is another", () => {
  const outputs = { scores: float32(new Float32Array(896), [1, 896, 1]), regressors: syntheticOutputs(0).regressors };
  expect(() => parseBlazeface(outputs, size)).toThrow(
    "blazeface: expected output scores of [2304, 1], got [1, 896, 1]",
  );
});
