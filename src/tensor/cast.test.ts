import { expect, test } from "vitest";
import { castTensor } from "./cast.ts";
import type { DType } from "./tensor.ts";

const values = { dtype: "float32", shape: [2, 2], data: Float32Array.of(0, 1.25, 2.5, 255) } as const;

test.each<[DType, unknown]>([
  ["float64", Float64Array.of(0, 1.25, 2.5, 255)],
  ["float16", Uint16Array.of(0, 0x3d00, 0x4100, 0x5bf8)],
  ["uint8", Uint8Array.of(0, 1, 3, 255)],
  ["int32", Int32Array.of(0, 1, 3, 255)],
  ["int64", BigInt64Array.of(0n, 1n, 3n, 255n)],
  ["bool", Uint8Array.of(0, 1, 1, 1)],
])("float32 becomes %s", (dtype, data) => {
  expect(castTensor(values, dtype)).toEqual({ dtype, shape: [2, 2], data });
});

test("float16 and int64 become float32 again; what is of the type already is not copied", () => {
  for (const dtype of ["float16", "float64"] as const)
    expect(castTensor(castTensor(values, dtype), "float32")).toEqual(values);
  const whole = castTensor(values, "int64");
  expect(castTensor(whole, "float32").data).toEqual(Float32Array.of(0, 1, 3, 255));
  expect(castTensor(whole, "int64")).toBe(whole);
});
