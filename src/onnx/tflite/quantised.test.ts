import { expect, test } from "vitest";
import { createSession } from "../../host/session.node.ts";
import { decodeFloat16 } from "../../tensor/float16.ts";
import { float32 } from "../../tensor/tensor.ts";
import { encodeModel } from "../model.ts";
import { buildTflite, type TensorSpec } from "../testing/tflite-builder.ts";
import { importTflite } from "./import.ts";

/** x · dequantise(weights)ᵀ for x = [1, 2, 3]. */
async function product(weights: TensorSpec): Promise<number[]> {
  const spec = {
    tensors: [{ name: "x", shape: [1, 3] }, weights, { shape: [2, 3] }, { name: "y", shape: [1, 2] }],
    operators: [
      { code: 6, inputs: [1], outputs: [2] },
      { code: 9, inputs: [0, 2, -1], outputs: [3], options: [8] as const },
    ],
    inputs: [0],
    outputs: [3],
  };
  await using session = await createSession(encodeModel(importTflite(buildTflite(spec), "net")), "net");
  const { y } = await session.run({ x: float32(Float32Array.of(1, 2, 3), [1, 3]) });
  return Array.from(y!.data as Float32Array);
}

test("float16 weights become float32", async () => {
  // 1, −2, 0.5; 65504 (the largest), 2⁻²⁴ (the smallest), 0
  const data = Uint16Array.of(0x3c00, 0xc000, 0x3800, 0x7bff, 0x0001, 0x0000);
  expect(await product({ shape: [2, 3], type: 1, data })).toEqual([1 - 4 + 1.5, 65504]);
});

test("int8 weights with a scale and zero point a row", async () => {
  const data = Int8Array.of(1, 2, 3, 4, 5, 6);
  const weights = { shape: [2, 3], type: 9, data, scale: [0.5, 2], zeroPoint: [1, 4], quantizedAxis: 0 };
  // (0, 1, 2) · 0.5 and (0, 1, 2) · 2, times (1, 2, 3)
  expect(await product(weights)).toEqual([4, 16]);
});

test.each([
  [0x0000, 0],
  [0x3555, 0.333251953125],
  [0xfbff, -65504],
  [0x0400, 2 ** -14],
  [0x8001, -(2 ** -24)],
  [0x7c00, Infinity],
  [0x7e00, NaN],
])("the half-precision number %i is %d", (bits, value) => {
  expect(decodeFloat16(bits)).toBe(value);
});
