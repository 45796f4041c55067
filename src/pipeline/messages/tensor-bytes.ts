import { ArcfaceError, expected } from "../../errors.ts";
import { decodeFloat16 } from "../../tensor/float16.ts";
import { type DType, sizeOf, type Tensor, type TensorData } from "../../tensor/tensor.ts";
import type { StorageOrder, TensorDataType, TensorInfo } from "./tensor-info.ts";

/** How one element is read out of little-endian bytes. */
const READERS: Readonly<Record<TensorDataType, (view: DataView, at: number) => number>> = {
  FP16: (view, at) => decodeFloat16(view.getUint16(at, true)),
  U8F: (view, at) => view.getUint8(at),
  INT: (view, at) => view.getInt32(at, true),
  FP32: (view, at) => view.getFloat32(at, true),
  I8: (view, at) => view.getInt8(at),
  FP64: (view, at) => view.getFloat64(at, true),
};

type Values = Float32Array | Float64Array | Int32Array;

const VALUES = { float32: Float32Array, float64: Float64Array, int32: Int32Array } as const;

/** What a layer is handed out as: whole numbers stay such unless they are dequantised. */
function handedOutAs(type: TensorDataType, dequantize: boolean): keyof typeof VALUES {
  if (type === "FP64") return "float64";
  const whole = type === "U8F" || type === "I8" || type === "INT";
  return whole && !dequantize ? "int32" : "float32";
}

/**
 * A layer's values, copied out of a message.
 *
 * @param order the axes' order in the answer: those that the layer lacks get size 1, those that it has too many must
 *   have it.
 * @throws {ArcfaceError} INVALID_ARGUMENT where the order has not the layer's axes; UNSUPPORTED_FORMAT where the layer
 *   does not lie within the data.
 */
export function readTensor(data: Uint8Array, info: TensorInfo, order: StorageOrder, dequantize: boolean): Tensor {
  if (info.offset < 0 || info.offset + info.getTensorSize() > data.length) {
    const end = info.offset + info.getTensorSize();
    throw new ArcfaceError(
      "UNSUPPORTED_FORMAT",
      `tensor ${info.name}: expected bytes ${info.offset} to ${end}, the message has ${data.length}`,
    );
  }
  const axes = arrange(info, order);
  const shape = axes.map(({ dim }) => dim);
  const dtype = handedOutAs(info.dataType, dequantize);
  const values = new VALUES[dtype](sizeOf(shape));
  const view = new DataView(data.buffer, data.byteOffset + info.offset, info.getTensorSize());
  if (!(order === info.order && info.isDense() && copyDense(view, info.dataType, values))) {
    gather(view, READERS[info.dataType], axes, values);
  }
  if (dequantize) for (let i = 0; i < values.length; i++) values[i] = (values[i]! - info.qpZp) * info.qpScale;
  return { dtype, shape, data: values };
}

type Axis = { readonly dim: number; readonly stride: number };

/** The layer's axes in another order. */
function arrange({ name, dims, strides, order: own }: TensorInfo, order: StorageOrder): Axis[] {
  const lost = [...own].find((letter, axis) => !order.includes(letter) && dims[axis] !== 1);
  if (lost !== undefined) {
    throw expected(`tensor ${name} as ${order}`, `an order with ${lost}`, `none, of ${own} [${dims.join(", ")}]`);
  }
  return [...order].map((letter) => {
    const axis = own.indexOf(letter);
    return axis === -1 ? { dim: 1, stride: 0 } : { dim: dims[axis]!, stride: strides[axis]! };
  });
}

/** @returns false where the bytes are not those of the values' own type. */
function copyDense(view: DataView, type: TensorDataType, values: Values): boolean {
  const alike =
    (type === "FP32" && values instanceof Float32Array) ||
    (type === "FP64" && values instanceof Float64Array) ||
    (type === "INT" && values instanceof Int32Array);
  if (!alike) return false;
  new Uint8Array(values.buffer).set(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
  return true;
}

function gather(
  view: DataView,
  read: (view: DataView, at: number) => number,
  axes: readonly Axis[],
  values: Values,
): void {
  if (values.length === 0) return;
  // Four axes always: those in front that are missing are of size 1.
  const [a, b, c, d] = [...Array.from({ length: 4 - axes.length }, () => ({ dim: 1, stride: 0 })), ...axes] as [
    Axis,
    Axis,
    Axis,
    Axis,
  ];
  let to = 0;
  for (let i = 0; i < a.dim; i++)
    for (let j = 0; j < b.dim; j++)
      for (let k = 0; k < c.dim; k++) {
        const row = i * a.stride + j * b.stride + k * c.stride;
        for (let l = 0; l < d.dim; l++) values[to++] = read(view, row + l * d.stride);
      }
}

/** A tensor's bytes as a layer has them, and what they are then called. */
export function encodeTensor({ dtype, data }: Tensor, name: string): { type: TensorDataType; bytes: Uint8Array } {
  const own = OWN[dtype];
  const values = own ? data : toInt32(data, name);
  return { type: own ?? "INT", bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) };
}

/** Types that are kept as they are; other whole numbers become INT. */
const OWN: Readonly<Partial<Record<DType, TensorDataType>>> = {
  float16: "FP16",
  float32: "FP32",
  float64: "FP64",
  int8: "I8",
  uint8: "U8F",
  bool: "U8F",
  int32: "INT",
};

function toInt32(data: TensorData, name: string): Int32Array {
  return Int32Array.from(data as ArrayLike<number | bigint>, (value) => {
    const number = Number(value);
    if (number === (number | 0)) return number;
    throw expected(`tensor ${name}`, "whole numbers of 32 bits", `${value}`);
  });
}
