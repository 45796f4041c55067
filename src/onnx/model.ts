import { ArcfaceError } from "../errors.ts";
import { sizeOf } from "../tensor/tensor.ts";
import { tensorTypeOf } from "./read.ts";
import { change, DataLocation, DataType, type ModelProto, readModel, type TensorProto, writeModel } from "./schema.ts";

/**
 * Read an ONNX file. Weights stay views of `bytes`, which must not change while the model is used.
 *
 * @param name what errors call the file.
 * @param outside gets weights that are kept in another file: the same tensor with its data.
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT where the bytes are something else (told apart where they show it),
 * damaged or cut short, lack a graph, or keep weights in another file and `outside` is not given.
 */
export function decodeModel(
  bytes: Uint8Array,
  name: string,
  outside?: (tensor: TensorProto) => TensorProto,
): ModelProto {
  const notOnnx = (got: string, hint?: string, cause?: unknown) =>
    new ArcfaceError("UNSUPPORTED_FORMAT", `${name}: expected an ONNX model, got ${got}`, { hint, cause });
  const other = recognise(bytes);
  if (other) throw notOnnx(...other);
  const model = parse();
  const { graph } = model;
  if (!graph || graph.node.length === 0 || model.opsetImport.length === 0) {
    throw notOnnx(`${bytes.length} bytes without a graph`);
  }
  if (graph.input.length === 0 || graph.output.length === 0) throw notOnnx("a graph without inputs or outputs");
  const isOutside = ({ dataLocation }: TensorProto): boolean => dataLocation === DataLocation.EXTERNAL;
  const kept = outside && graph.initializer.some(isOutside);
  const initializer = kept
    ? graph.initializer.map((tensor) => (isOutside(tensor) ? outside(tensor) : tensor))
    : graph.initializer;
  for (const tensor of initializer) checkWeights(tensor, name);
  return kept ? change(model, { graph: change(graph, { initializer }) }) : model;

  function parse(): ModelProto {
    try {
      // A plain view: a Node Buffer's own views behave differently.
      return readModel(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    } catch (cause) {
      throw notOnnx(`${bytes.length} bytes that are damaged, cut short or of another kind`, undefined, cause);
    }
  }
}

export function encodeModel(model: ModelProto): Uint8Array {
  return writeModel(model);
}

const MAGICS: readonly (readonly [start: string, what: string, hint?: string])[] = [
  ["version https://git-lfs", "a Git LFS pointer", "fetch the file itself, with git lfs pull or the download button"],
  ["PK\x03\x04", "a zip archive", "unpack it and use the .onnx file inside"],
  ["\x1f\x8b", "a gzip archive", "unpack it and use the .onnx file inside"],
  ["\xfd7zXZ", "an xz archive", "unpack it and use the .onnx file inside"],
  ["\x89PNG", "a PNG image"],
  ["\xff\xd8\xff", "a JPEG image"],
  ["\x89HDF", "a Keras HDF5 file", "convert it with tf2onnx"],
];

/** What bytes that are no ONNX model show themselves to be; null where they may be one. */
function recognise(bytes: Uint8Array): [what: string, hint?: string] | null {
  if (bytes.length === 0) return ["an empty file"];
  const start = new TextDecoder("latin1").decode(bytes.subarray(0, 512));
  for (const [magic, what, hint] of MAGICS) {
    if (start.startsWith(magic)) return hint === undefined ? [what] : [what, hint];
  }
  if (start.slice(4, 8) === "TFL3") return ["a TensorFlow Lite file", "it becomes ONNX when it enters the model cache"];
  if (/^\s*<(!doctype|html|\?xml)/i.test(start)) {
    return ["a web page", "the address probably answered with an error or a login page: open it in a browser"];
  }
  // An ONNX file begins with binary field tags.
  return /^[\t\n\r\x20-\x7e\x80-\xff]+$/.test(start) ? ["text"] : null;
}

/** Bytes an element; types that are not here are left to the runtime. */
const ELEMENT_SIZES: Partial<Record<DataType, number>> = {
  [DataType.FLOAT]: 4,
  [DataType.DOUBLE]: 8,
  [DataType.FLOAT16]: 2,
  [DataType.INT8]: 1,
  [DataType.UINT8]: 1,
  [DataType.INT16]: 2,
  [DataType.UINT16]: 2,
  [DataType.INT32]: 4,
  [DataType.INT64]: 8,
};

function checkWeights({ name, dims, dataType, dataLocation, externalData, rawData }: TensorProto, file: string): void {
  if (dataLocation === DataLocation.EXTERNAL) {
    const where = externalData.find(({ key }) => key === "location")?.value ?? "another file";
    throw new ArcfaceError("UNSUPPORTED_FORMAT", `${file}: keeps its weights outside, in ${where}`, {
      hint: "save the model as one file: onnx.save_model(model, path, save_as_external_data=False)",
    });
  }
  const size = ELEMENT_SIZES[dataType as DataType];
  const wanted = size === undefined ? rawData.length : size * sizeOf(dims.map(Number));
  if (rawData.length > 0 && rawData.length !== wanted) {
    throw new ArcfaceError(
      "UNSUPPORTED_FORMAT",
      `${file}: weights ${name} [${dims.join(", ")}]: expected ${wanted} bytes, got ${rawData.length}`,
    );
  }
}

export type ValueDescription = {
  readonly name: string;
  /** As ONNX names it, in lower case: `float32`. */
  readonly dtype: string;
  /** A dimension that may vary is its name, or −1. */
  readonly shape: readonly (number | string)[];
};

export type ModelDescription = {
  readonly inputs: readonly ValueDescription[];
  readonly outputs: readonly ValueDescription[];
  /** Of ONNX's own operators; 0 where only others are used. */
  readonly opset: number;
  readonly nodeCount: number;
  /** Numbers in all constants. */
  readonly parameterCount: number;
  readonly producer: string;
};

export function describeModel({ graph, opsetImport, producerName }: ModelProto): ModelDescription {
  const constants = new Set(graph?.initializer.map(({ name }) => name));
  const describe = (info: Parameters<typeof tensorTypeOf>[0]): ValueDescription => {
    const type = tensorTypeOf(info);
    return { name: info.name, dtype: type ? dtypeName(type.elemType) : "no tensor", shape: type?.shape ?? [] };
  };
  const inNodes = graph?.node.flatMap((node) => node.attribute.flatMap(({ t }) => t ?? [])) ?? [];
  return {
    // Old files list constants among the inputs.
    inputs: graph?.input.filter(({ name }) => !constants.has(name)).map(describe) ?? [],
    outputs: graph?.output.map(describe) ?? [],
    opset: Number(opsetImport.find(({ domain }) => domain === "" || domain === "ai.onnx")?.version ?? 0),
    nodeCount: graph?.node.length ?? 0,
    parameterCount: [...(graph?.initializer ?? []), ...inNodes].reduce(
      (n, { dims }) => n + sizeOf(dims.map(Number)),
      0,
    ),
    producer: producerName,
  };
}

function dtypeName(type: DataType): string {
  if (type === DataType.FLOAT) return "float32";
  if (type === DataType.DOUBLE) return "float64";
  return DataType[type]?.toLowerCase() ?? `type ${type}`;
}
