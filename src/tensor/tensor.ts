import { expected } from "../errors.ts";

/** Element types, as ONNX names them in lower case. float16 is carried as its bits in a Uint16Array. */
export type DType =
  | "float32"
  | "float64"
  | "float16"
  | "int8"
  | "uint8"
  | "int16"
  | "uint16"
  | "int32"
  | "uint32"
  | "int64"
  | "uint64"
  | "bool";

export type TensorData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/** The arrays that hold each type: bool is bytes, as ONNX Runtime has it. */
export const DATA_ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
} as const;

/** A dense, row-major array. `data.length` is the product of `shape`. */
export type Tensor = { readonly dtype: DType; readonly shape: readonly number[]; readonly data: TensorData };

export type Float32Tensor = Tensor & { readonly dtype: "float32"; readonly data: Float32Array };

/** The number of elements of a shape; 1 for a scalar's `[]`. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, dim) => size * dim, 1);
}

/** @throws {ArcfaceError} INVALID_ARGUMENT where the data does not fill the shape exactly. */
export function float32(data: Float32Array, shape: readonly number[]): Float32Tensor {
  if (data.length !== sizeOf(shape)) {
    throw expected("tensor", `${sizeOf(shape)} values for shape [${shape}]`, `${data.length}`);
  }
  return { dtype: "float32", shape, data };
}
