import { expect, test } from "vitest";
import { float32 } from "../tensor/tensor.ts";
import { parseLandmarks68 } from "./landmarks-68.ts";

test("parseLandmarks68 reads x and y in turn, as fractions of the crop", () => {
  const data = new Float32Array(2 * 136);
  data.set([0.5, 0.25], 0);
  data.set([1, 0], 136 + 2 * 67);
  const [first, second] = parseLandmarks68({ points: float32(data, [2, 136]) }, 2, 64, 128);
  expect(first).toHaveLength(68);
  expect(first![0]).toEqual([31.5, 31.5]);
  expect(second![67]).toEqual([63.5, -0.5]);
});

test("parseLandmarks68 says which output has another size", () => {
  const points = float32(new Float32Array(212), [1, 212]);
  expect(() => parseLandmarks68({ points }, 1, 64, 64)).toThrow(
    "landmarks-68: expected output points of [1, 136], got [1, 212]",
  );
});
