import { ArcfaceError } from "../../errors.ts";
import { decodeFloat16 } from "../../tensor/float16.ts";
import { sizeOf } from "../../tensor/tensor.ts";
import { type FlatTable, openFlatbuffer } from "./reader.ts";

/** tensorflow/compiler/mlir/lite/schema/schema.fbs, `TensorType`. */
const TENSOR_TYPES = [
  "float32",
  "float16",
  "int32",
  "uint8",
  "int64",
  "string",
  "bool",
  "int16",
  "complex64",
  "int8",
  "float64",
] as const;
export type TfliteType = (typeof TENSOR_TYPES)[number];

/** A tensor of the graph. */
export type TfliteTensor = {
  readonly index: number;
  readonly name: string;
  readonly type: TfliteType;
  readonly shape: readonly number[];
  /** The bytes of a constant, as stored; null where the tensor is computed. */
  readonly bytes: Uint8Array | null;
  readonly scale: readonly number[];
  readonly zeroPoint: readonly number[];
  /** The axis that `scale` runs along where it has more than one value. */
  readonly quantizedAxis: number;
};

export type TfliteOperator = {
  readonly index: number;
  /** `BuiltinOperator`'s number. */
  readonly code: number;
  readonly customCode: string;
  /** Indices of tensors; −1 stands for one left out. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly options: FlatTable | null;
};

export type TfliteModel = {
  readonly name: string;
  readonly tensors: readonly TfliteTensor[];
  readonly operators: readonly TfliteOperator[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
};

/** Do the bytes say that they are a TensorFlow Lite file? */
export function isTflite(bytes: Uint8Array): boolean {
  return bytes.length >= 8 && new TextDecoder("latin1").decode(bytes.subarray(4, 8)) === "TFL3";
}

/**
 * Read a TensorFlow Lite file's first graph.
 *
 * @param name what errors call the file.
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT where the bytes are damaged, or weights are sparse.
 * Source: tensorflow/compiler/mlir/lite/schema/schema.fbs (field numbers).
 */
export function readTflite(bytes: Uint8Array, name: string): TfliteModel {
  const unsupported = (what: string) => new ArcfaceError("UNSUPPORTED_FORMAT", `${name}: ${what}`);
  const root = openFlatbuffer(bytes, "TFL3", name);
  const codes = root.tables(1).map((code) => ({
    // Numbers above 127 do not fit the first field; the larger of the two holds.
    code: Math.max(code.int8(0), code.int32(3)),
    customCode: code.string(1),
  }));
  const buffers = root.tables(4);
  const graph = root.tables(2)[0];
  if (!graph) throw unsupported("expected a graph, got a file without one");

  const tensors = graph.tables(0).map((table, index): TfliteTensor => {
    const tensorName = table.string(3) || `tensor_${index}`;
    const shape = table.ints(0) ?? [];
    const type = TENSOR_TYPES[table.int8(1)];
    if (!type) throw unsupported(`tensor ${tensorName} has element type ${table.int8(1)}, which is not known`);
    if (shape.some((dim) => dim < 0)) throw unsupported(`tensor ${tensorName} has shape [${shape}]`);
    if (table.has(6)) throw sparse(name, tensorName);
    const data = buffers[table.int32(2)]?.bytes(0);
    const quantization = table.table(4);
    return {
      index,
      name: tensorName,
      type,
      shape,
      bytes: data?.length ? data : null,
      scale: quantization?.floats(2) ?? [],
      zeroPoint: quantization?.longs(3) ?? [],
      quantizedAxis: quantization?.int32(6) ?? 0,
    };
  });

  const checkIndices = (indices: readonly number[], lowest: number, where: string) => {
    const bad = indices.find((i) => i < lowest || i >= tensors.length);
    if (bad !== undefined) throw unsupported(`${where} names tensor ${bad} of ${tensors.length}`);
    return indices;
  };
  const operators = graph.tables(3).map((table, index): TfliteOperator => {
    const code = codes[table.int32(0)];
    if (!code) throw unsupported(`operator ${index} has code ${table.int32(0)} of ${codes.length}`);
    return {
      index,
      ...code,
      inputs: checkIndices(table.ints(1) ?? [], -1, `operator ${index}`),
      outputs: checkIndices(table.ints(2) ?? [], 0, `operator ${index}`),
      options: table.table(4),
    };
  });
  return {
    name,
    tensors,
    operators,
    inputs: checkIndices(graph.ints(1) ?? [], 0, "the list of inputs"),
    outputs: checkIndices(graph.ints(2) ?? [], 0, "the list of outputs"),
  };
}

function sparse(name: string, tensor: string): ArcfaceError {
  return new ArcfaceError("UNSUPPORTED_FORMAT", `${name}: tensor ${tensor} is sparse, which is not supported`, {
    hint: "take the dense file of the same network",
  });
}

/**
 * A constant's values as float32 or whole numbers; float16 and quantised weights become float32.
 *
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT where the bytes do not fill the shape, or the type is not of numbers.
 */
export function constantValues(
  { name, type, shape, bytes, scale, zeroPoint, quantizedAxis }: TfliteTensor,
  file: string,
): Float32Array<ArrayBuffer> | number[] {
  const reader = READERS[type];
  const count = sizeOf(shape);
  if (!reader || !bytes) {
    throw new ArcfaceError("UNSUPPORTED_FORMAT", `${file}: tensor ${name} of ${type} cannot be a constant`);
  }
  if (bytes.length !== count * reader.size) {
    throw new ArcfaceError(
      "UNSUPPORTED_FORMAT",
      `${file}: tensor ${name}: expected ${count * reader.size} bytes for ${type} [${shape}], got ${bytes.length}`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const at = (i: number) => reader.read(view, i * reader.size);
  if (type === "float32" || type === "float16") return Float32Array.from({ length: count }, (_, i) => at(i));
  if (scale.length === 0) return Array.from({ length: count }, (_, i) => at(i));
  // real = (stored − zero point) · scale, both along one axis or the same everywhere.
  const inner = sizeOf(shape.slice(quantizedAxis + 1));
  const channel = (i: number) => (scale.length === 1 ? 0 : Math.floor(i / inner) % scale.length);
  return Float32Array.from({ length: count }, (_, i) => (at(i) - (zeroPoint[channel(i)] ?? 0)) * scale[channel(i)]!);
}

type Reader = { readonly size: number; readonly read: (view: DataView, at: number) => number };

const READERS: Partial<Record<TfliteType, Reader>> = {
  float32: { size: 4, read: (view, at) => view.getFloat32(at, true) },
  float16: { size: 2, read: (view, at) => decodeFloat16(view.getUint16(at, true)) },
  int32: { size: 4, read: (view, at) => view.getInt32(at, true) },
  int64: { size: 8, read: (view, at) => Number(view.getBigInt64(at, true)) },
  int16: { size: 2, read: (view, at) => view.getInt16(at, true) },
  int8: { size: 1, read: (view, at) => view.getInt8(at) },
  uint8: { size: 1, read: (view, at) => view.getUint8(at) },
};
