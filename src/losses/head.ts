import type { GraphBuilder } from "../onnx/builder.ts";
import type { Parameter } from "../onnx/parameter.ts";
import type { Random } from "../tensor/random.ts";
import { sizeOf } from "../tensor/tensor.ts";

/** Source: insightface recognition/arcface_torch/partial_fc_v2.py. */
const DEVIATION = 0.01;

/** Centres as they start: N(0, 0.01²), a class's K side by side. */
export function drawHead(random: Random, rows: number, features: number): Float32Array<ArrayBuffer> {
  const weight = new Float32Array(rows * features);
  for (let i = 0; i < weight.length; i++) weight[i] = DEVIATION * random.normal();
  return weight;
}

/** A parameter, with the graph's input of its name. */
export function headParameter(
  g: GraphBuilder,
  name: string,
  shape: readonly number[],
  initial: Float32Array<ArrayBuffer> = new Float32Array(sizeOf(shape)),
): Parameter {
  return { name, shape, value: g.input(name, shape), initial };
}
