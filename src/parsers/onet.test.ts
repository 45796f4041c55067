import { expect, test } from "vitest";
import { float32 } from "../tensor/tensor.ts";
import { parseOnet } from "./onet.ts";

/** Values are exact in float32 or multiplied by 48. */
const TOLERANCE = { atol: 1e-5 };

function syntheticOutputs() {
  const points = [0.25, 0.75, 0.5, 0.3, 0.7, 0.25, 0.25, 0.5, 0.75, 0.75];
  return {
    probability: float32(Float32Array.of(0.1, 0.9, 0.8, 0.2), [2, 2]),
    box: float32(Float32Array.of(0, 0.125, 0, -0.125, 0, 0, 0, 0), [2, 4]),
    points: float32(Float32Array.from([...points, ...points]), [2, 10]),
  };
}

test("parseOnet decodes each crop's box from its edges and its points, all x before all y", () => {
  const [face, other] = parseOnet(syntheticOutputs(), 2);
  expect(face!.score).toBeCloseTo(0.9, 6);
  expect(face!.box).toBeCloseToTensor([0, 6, 48, 42], TOLERANCE);
  expect(face!.landmarks.flat()).toBeCloseToTensor(
    [12, 12, 36, 12, 24, 24, 14.4, 36, 33.6, 36].map((value) => value - 0.5),
    TOLERANCE,
  );
  expect(other!.score).toBeCloseTo(0.2, 6);
  expect(other!.box).toEqual([0, 0, 48, 48]);
});

test("parseOnet says that it got another number of crops", () => {
  expect(() => parseOnet(syntheticOutputs(), 3)).toThrow("onet: expected output probability of [3, 2], got [2, 2]");
});
