import { expect, test } from "vitest";
import type { ArcfaceError } from "../errors.ts";
import { float32, type Tensor } from "../tensor/tensor.ts";
import { head, scoreHead } from "./outputs.ts";

test("head takes a single column with or without its dimension", () => {
  const data = Float32Array.of(1, 2, 3);
  for (const shape of [[3], [3, 1], [1, 3, 1]]) expect(head({ x: float32(data, shape) }, "p", "x", 3, 1)).toBe(data);
});

test("head refuses values of the right number in the wrong arrangement", () => {
  const x = float32(new Float32Array(12), [1, 4, 3]);
  expect(() => head({ x }, "p", "x", 3, 4)).toThrow("p: expected output x of [3, 4], got [1, 4, 3]");
});

test("head refuses quantised outputs", () => {
  const x: Tensor = { dtype: "int8", shape: [3], data: new Int8Array(3) };
  expect(() => head({ x }, "p", "x", 3, 1)).toThrow("p: expected output x of [3, 1], got int8");
});

test("a wrong output is a MODEL_MISMATCH, for the card and the model do not fit", () => {
  try {
    scoreHead({ other: float32(new Float32Array(1), [1]) }, "p", "x", 1);
    expect.unreachable();
  } catch (error) {
    expect((error as ArcfaceError).code).toBe("MODEL_MISMATCH");
    expect((error as ArcfaceError).message).toContain("the model has other");
  }
});
