import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { makeModel, makeNode, makeTensor, makeValueInfo } from "../../onnx/build.ts";
import { encodeModel } from "../../onnx/model.ts";
import type { ModelProto } from "../../onnx/schema.ts";
import { createRandom } from "../../tensor/random.ts";
import { sizeOf } from "../../tensor/tensor.ts";

export const SIZE = 8;
export const FEATURES = 6;

/**
 * Two convolutions, with or without a batch normalisation between them, and a product: x [N, 3, 8, 8] → y [N, 6], with
 * random weights.
 */
export function tinyNetwork({ batchNorm = false, seed = 1 } = {}): ModelProto {
  const random = createRandom(seed);
  const drawn = (name: string, shape: readonly number[], scale: number, centre = 0) =>
    makeTensor(
      name,
      shape,
      Float32Array.from({ length: sizeOf(shape) }, () => centre + scale * random.normal()),
    );
  const normalised = batchNorm ? "b" : "c";
  return makeModel({
    name: "tiny",
    nodes: [
      makeNode("Conv", ["x", "w1", "b1"], ["c"], { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [2, 2] }),
      ...(batchNorm ? [makeNode("BatchNormalization", ["c", "gamma", "beta", "mean", "variance"], ["b"])] : []),
      makeNode("PRelu", [normalised, "slope"], ["p"]),
      makeNode("Conv", ["p", "w2", "b2"], ["d"], { kernel_shape: [3, 3], strides: [1, 1] }),
      makeNode("Flatten", ["d"], ["f"]),
      makeNode("Gemm", ["f", "w3", "b3"], ["y"], { transB: 1 }),
    ],
    inputs: [makeValueInfo("x", ["N", 3, SIZE, SIZE])],
    outputs: [makeValueInfo("y", ["N", FEATURES])],
    initializers: [
      drawn("w1", [5, 3, 3, 3], 0.3),
      drawn("b1", [5], 0.1),
      ...(batchNorm
        ? [
            drawn("gamma", [5], 0.1, 1),
            drawn("beta", [5], 0.1),
            drawn("mean", [5], 0.1),
            drawn("variance", [5], 0.1, 1),
          ]
        : []),
      drawn("slope", [5, 1, 1], 0.1, 0.25),
      drawn("w2", [4, 5, 3, 3], 0.3),
      drawn("b2", [4], 0.1),
      drawn("w3", [FEATURES, 16], 0.3),
      drawn("b3", [FEATURES], 0.1),
    ],
  });
}

/** A file and the card beside it, which wants BGR of means and scales of its own. @returns the file's path. */
export async function writeTinyRecognizer(folder: string, model: ModelProto = tinyNetwork()): Promise<string> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, "tiny.onnx");
  await writeFile(path, encodeModel(model));
  const card = {
    slug: "team/tiny",
    kind: "recognizer",
    title: "Tiny",
    licence: { name: "MIT", commercial: true },
    model: {
      source: { path: "tiny.onnx" },
      input: { name: "x", width: SIZE, height: SIZE, color: "BGR", mean: [120, 125, 130], scale: [128, 64, 32] },
      outputs: { embedding: "y" },
    },
    embedding: { size: FEATURES },
  };
  await writeFile(join(folder, "tiny.yaml"), stringify(card));
  return path;
}
