import { DataType, type ModelProto } from "../onnx/schema.ts";
import { sizeOf } from "../tensor/tensor.ts";
import type { BenchmarkPrecision } from "./row.ts";

const INTEGER_OPS = new Set([
  "QLinearConv",
  "QLinearMatMul",
  "QGemm",
  "ConvInteger",
  "MatMulInteger",
  "QuantizeLinear",
  "DequantizeLinear",
]);

/** In what numbers a network's weights are: int8 where it has operators for those, else what most weights are. */
export function precisionOf({ graph }: ModelProto): BenchmarkPrecision {
  if (graph?.node.some(({ opType }) => INTEGER_OPS.has(opType))) return "int8";
  const count = (type: DataType): number =>
    (graph?.initializer ?? []).reduce(
      (n, { dataType, dims }) => n + (dataType === type ? sizeOf(dims.map(Number)) : 0),
      0,
    );
  return count(DataType.FLOAT16) > count(DataType.FLOAT) ? "fp16" : "fp32";
}
