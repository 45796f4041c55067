import { parseConfig } from "../../nn-archive/config.ts";
import { NNArchive } from "../../nn-archive/nn-archive.ts";
import { makeModel, makeNode, makeTensor, makeValueInfo } from "../../onnx/build.ts";
import { encodeModel } from "../../onnx/model.ts";
import { DataType } from "../../onnx/schema.ts";

type Dims = readonly (number | string)[];

export type MeansOptions = {
  /** Of the graph's input. */
  readonly dims?: Dims;
  /** What config.json says. */
  readonly shape?: readonly number[];
  readonly layout?: "NCHW" | "NHWC";
  readonly preprocessing?: object;
  readonly heads?: readonly object[] | null;
};

/** A network that answers the mean of each channel as the layer `means`: what it is fed can be read off it. */
export function meansArchive({
  dims = ["N", 3, 2, 2],
  shape = [1, 3, 2, 2],
  layout = "NCHW",
  preprocessing = {},
  heads = null,
}: MeansOptions = {}): NNArchive {
  const axes = layout === "NCHW" ? [2, 3] : [1, 2];
  const channels = layout === "NCHW" ? dims[1]! : dims[3]!;
  const model = makeModel({
    name: "means",
    nodes: [makeNode("ReduceMean", ["images", "axes"], ["means"], { keepdims: 0 })],
    inputs: [makeValueInfo("images", [...dims])],
    outputs: [makeValueInfo("means", [dims[0]!, channels])],
    initializers: [makeTensor("axes", [axes.length], axes)],
  });
  return archive(model, {
    inputs: [{ name: "images", dtype: "float32", input_type: "image", shape: [...shape], layout, preprocessing }],
    outputs: [{ name: "means", dtype: "float32" }],
    heads,
  });
}

/** A network of two inputs: the mean of an image, times a factor. */
export function factorArchive(): NNArchive {
  const model = makeModel({
    name: "factor",
    nodes: [
      makeNode("ReduceMean", ["image", "axes"], ["mean"], { keepdims: 0 }),
      makeNode("Mul", ["mean", "factor"], ["product"]),
    ],
    inputs: [makeValueInfo("image", [1, 3, 2, 2]), makeValueInfo("factor", [1])],
    outputs: [makeValueInfo("product", [1])],
    initializers: [makeTensor("axes", [3], [1, 2, 3])],
  });
  return archive(model, {
    inputs: [
      { name: "image", dtype: "float32", input_type: "image", shape: [1, 3, 2, 2], layout: "NCHW", preprocessing: {} },
      { name: "factor", dtype: "float32", input_type: "raw", shape: [1], layout: "C", preprocessing: {} },
    ],
    outputs: [{ name: "product", dtype: "float32" }],
    heads: null,
  });
}

/** A network that takes bytes, and gives their largest as a whole number of 64 bits. */
export function bytesArchive(): NNArchive {
  const model = makeModel({
    name: "bytes",
    nodes: [
      makeNode("Cast", ["images"], ["whole"], { to: DataType.INT64 }),
      makeNode("ReduceMax", ["whole", "axes"], ["largest"], { keepdims: 0 }),
    ],
    inputs: [makeValueInfo("images", [1, 3, 2, 2], DataType.UINT8)],
    outputs: [makeValueInfo("largest", [1], DataType.INT64)],
    initializers: [makeTensor("axes", [3], [1, 2, 3])],
  });
  return archive(model, {
    inputs: [
      { name: "images", dtype: "uint8", input_type: "image", shape: [1, 3, 2, 2], layout: "NCHW", preprocessing: {} },
    ],
    outputs: [{ name: "largest", dtype: "int64" }],
    heads: null,
  });
}

/** A network that quantises while it runs, and gives the scale that it found. */
export function dynamicallyQuantisedArchive(): NNArchive {
  const model = makeModel({
    name: "quantised",
    nodes: [
      makeNode("DynamicQuantizeLinear", ["images"], ["q", "scale", "zero"]),
      makeNode("DequantizeLinear", ["q", "scale", "zero"], ["again"]),
      makeNode("ReduceMean", ["again", "axes"], ["means"], { keepdims: 0 }),
    ],
    inputs: [makeValueInfo("images", ["N", 3, 2, 2])],
    outputs: [makeValueInfo("means", ["N", 3])],
    initializers: [makeTensor("axes", [2], [2, 3])],
  });
  return archive(model, {
    inputs: [
      { name: "images", dtype: "float32", input_type: "image", shape: [1, 3, 2, 2], layout: "NCHW", preprocessing: {} },
    ],
    outputs: [{ name: "means", dtype: "float32" }],
    heads: null,
  });
}

function archive(model: ReturnType<typeof makeModel>, parts: object, path = "network.onnx"): NNArchive {
  const config = parseConfig(
    { config_version: "1.0", model: { metadata: { name: "test", path, precision: "float32" }, ...parts } },
    "test",
  );
  return new NNArchive("test.tar.xz", config, new Map([[path, new Uint8Array(encodeModel(model))]]));
}

/** The same archive with its model under another name, such as devices have. */
export function renamed(from: NNArchive, path: string): NNArchive {
  const config = structuredClone(from.getConfig());
  config.model.metadata.path = path;
  return new NNArchive(from.name, config, new Map([[path, from.model]]));
}
