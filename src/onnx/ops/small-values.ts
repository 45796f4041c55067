import { sizeOf } from "../../tensor/tensor.ts";
import { integersOf } from "../read.ts";
import { DataType, type TensorProto } from "../schema.ts";
import { MOST_VALUES } from "./fold.ts";

/** The numbers of a short constant; null where it is long, or of a type that sizes are not kept in. */
export function smallValues(tensor: TensorProto): number[] | null {
  const size = sizeOf(tensor.dims.map(Number));
  if (size > MOST_VALUES) return null;
  const { dataType, rawData, floatData, int32Data } = tensor;
  if (dataType === DataType.INT64 || dataType === DataType.INT32) return integersOf(tensor);
  if (dataType === DataType.BOOL) return rawData.length > 0 ? [...rawData] : [...int32Data];
  if (dataType !== DataType.FLOAT) return null;
  if (rawData.length !== 4 * size) return rawData.length === 0 ? [...floatData] : null;
  const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength);
  return Array.from({ length: size }, (_, i) => view.getFloat32(4 * i, true));
}
