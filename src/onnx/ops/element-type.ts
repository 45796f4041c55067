import type { DType } from "../../tensor/tensor.ts";
import { DataType } from "../schema.ts";

/** What a value's elements are; `other` is what ONNX has besides (strings, 4- and 8-bit floats …). */
export type ElementType = DType | "other";

const TYPES: Partial<Record<DataType, ElementType>> = {
  [DataType.FLOAT]: "float32",
  [DataType.DOUBLE]: "float64",
  [DataType.FLOAT16]: "float16",
  [DataType.INT8]: "int8",
  [DataType.UINT8]: "uint8",
  [DataType.INT16]: "int16",
  [DataType.UINT16]: "uint16",
  [DataType.INT32]: "int32",
  [DataType.UINT32]: "uint32",
  [DataType.INT64]: "int64",
  [DataType.UINT64]: "uint64",
  [DataType.BOOL]: "bool",
};

export const elementTypeOf = (type: DataType): ElementType => TYPES[type] ?? "other";

/** ONNX's number of a type. */
export function dataTypeOf(type: DType): DataType {
  return Number(Object.keys(TYPES).find((key) => TYPES[Number(key) as DataType] === type));
}

export const isFloat = (type: ElementType): boolean => type.startsWith("float");
