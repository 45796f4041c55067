import { expect, test } from "vitest";
import { createSession } from "../../host/session.node.ts";
import { float32 } from "../../tensor/tensor.ts";
import golden from "../golden/tflite.json" with { type: "json" };
import { noise } from "../noise.ts";
import { writeModel } from "../schema.ts";
import { buildTflite } from "../testing/tflite-builder.ts";
import { tfliteCases } from "../testing/tflite-cases.ts";
import { importTflite } from "./import.ts";
import { permutationTo, toNchw, transpose } from "./layout.ts";
import { ops } from "./ops.ts";

/** Sums of at most 100 products of numbers in −1…1, in float32, in another order. */
const TOLERANCE = { atol: 1e-5 };

// scripts/golden/tflite.ts: LiteRT, the reference runtime
test.each(Object.entries(tfliteCases))("%s agrees with LiteRT", async (name, spec) => {
  const { shape } = spec.tensors[0]!;
  const count = shape.reduce((product, dim) => product * dim, 1);
  const nhwc = noise(count, 0);
  const image = shape.length === 4;
  const x = float32(image ? transpose(nhwc, shape, permutationTo("nchw")) : nhwc, image ? toNchw(shape) : shape);

  await using session = await createSession(writeModel(importTflite(buildTflite(spec), name)), name);
  const { y } = await session.run({ x });

  expect(y!.shape).toEqual(spec.tensors.find((tensor) => tensor.name === "y")!.shape);
  expect(y!.data as Float32Array).toBeCloseToTensor(golden.cases[name as keyof typeof golden.cases], TOLERANCE);
});

test("every operator that can be imported is among the cases", () => {
  const covered = new Set(Object.values(tfliteCases).flatMap((spec) => spec.operators.map(({ code }) => code)));
  const missing = Object.entries(ops).filter(([code]) => !covered.has(Number(code)));
  // quantised.test.ts has DEQUANTIZE's, whose weights are no floats.
  expect(missing.map(([, { name }]) => name)).toEqual(["DEQUANTIZE"]);
});
