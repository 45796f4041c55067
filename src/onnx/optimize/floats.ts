import { sizeOf } from "../../tensor/tensor.ts";
import { DataType, type TensorProto } from "../schema.ts";

/** A copy of the numbers of a float32 constant; null where it is of another type, or not whole. */
export function floatsOf(tensor: TensorProto | undefined): Float32Array<ArrayBuffer> | null {
  if (tensor?.dataType !== DataType.FLOAT) return null;
  const { rawData, floatData, dims } = tensor;
  const size = sizeOf(dims.map(Number));
  if (rawData.length === 0) return floatData.length === size ? Float32Array.from(floatData) : null;
  return rawData.length === 4 * size ? new Float32Array(new Uint8Array(rawData).buffer) : null;
}

export const dimsOf = ({ dims }: TensorProto): number[] => dims.map(Number);
