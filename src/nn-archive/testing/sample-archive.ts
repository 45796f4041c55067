import { makeModel, makeNode, makeTensor, makeValueInfo } from "../../onnx/build.ts";
import { encodeModel } from "../../onnx/model.ts";
import { createTensor, DataLocation } from "../../onnx/schema.ts";
import type { ArchiveContents } from "../write.ts";
import { arcfaceConfig } from "./sample-config.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** An ONNX of one Conv; with `location` its weights are said to be there. */
export function tinyOnnx(location?: string): Bytes {
  const inside = makeTensor(
    "w",
    [4, 3, 1, 1],
    Float32Array.from({ length: 12 }, (_, i) => i / 7),
  );
  const outside = createTensor({
    ...{ name: "w", dims: inside.dims, dataType: inside.dataType },
    dataLocation: DataLocation.EXTERNAL,
    externalData: [{ key: "location", value: location ?? "" }],
  });
  const model = makeModel({
    name: "tiny",
    nodes: [makeNode("Conv", ["images", "w"], ["output"], { kernel_shape: [1, 1] })],
    inputs: [makeValueInfo("images", [1, 3, 112, 112])],
    outputs: [makeValueInfo("output", [1, 4, 112, 112])],
    initializers: [location === undefined ? inside : outside],
  });
  return Uint8Array.from(encodeModel(model));
}

/** ArcFace's config, and a network in the place of its. */
export function sampleArchive(model: Bytes = tinyOnnx()): ArchiveContents {
  return { config: arcfaceConfig(), files: new Map([["arcface_r100.onnx", model]]) };
}
