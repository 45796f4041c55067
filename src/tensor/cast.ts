import { decodeFloat16, encodeFloat16 } from "./float16.ts";
import type { DType, Tensor, TensorData } from "./tensor.ts";

const CASTS: Readonly<Record<DType, (values: ArrayLike<number>) => TensorData>> = {
  float32: (values) => Float32Array.from(values),
  float64: (values) => Float64Array.from(values),
  float16: (values) => Uint16Array.from(values, encodeFloat16),
  int8: (values) => Int8Array.from(values, Math.round),
  uint8: (values) => Uint8Array.from(values, Math.round),
  int16: (values) => Int16Array.from(values, Math.round),
  uint16: (values) => Uint16Array.from(values, Math.round),
  int32: (values) => Int32Array.from(values, Math.round),
  uint32: (values) => Uint32Array.from(values, Math.round),
  int64: (values) => BigInt64Array.from(Array.from(values, (value) => BigInt(Math.round(value)))),
  uint64: (values) => BigUint64Array.from(Array.from(values, (value) => BigInt(Math.round(value)))),
  bool: (values) => Uint8Array.from(values, (value) => (value === 0 ? 0 : 1)),
};

/** The same numbers as another type: rounded where that has whole ones only. The tensor itself where it is of it. */
export function castTensor(tensor: Tensor, dtype: DType): Tensor {
  if (tensor.dtype === dtype) return tensor;
  return { dtype, shape: tensor.shape, data: CASTS[dtype](toNumbers(tensor)) };
}

function toNumbers({ dtype, data }: Tensor): ArrayLike<number> {
  if (dtype === "float16") return Float64Array.from(data as Uint16Array, decodeFloat16);
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return Array.from(data, Number);
  return data;
}
