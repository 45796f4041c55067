import * as ort from "onnxruntime-node";
import { sizeOf } from "../../tensor/tensor.ts";
import { describeModel, encodeModel } from "../model.ts";
import { noise } from "../noise.ts";
import { change, createValueInfo, type ModelProto } from "../schema.ts";

/** What ONNX Runtime computed: `float32 [1, 64, 56, 56]`, by the value's name. */
export type RunValues = Map<string, string>;

/**
 * Run a graph once in ONNX Runtime, unoptimised, with every value of it as an output: the independent judge of types
 * and shapes.
 *
 * @param shapes of the inputs; they hold noise.
 */
export async function runAll(
  model: ModelProto,
  shapes: Readonly<Record<string, readonly number[]>>,
): Promise<RunValues> {
  const graph = model.graph!;
  const names = [...new Set(graph.node.flatMap(({ output }) => output))].filter((name) => name !== "");
  const every = names.map((name) => createValueInfo({ name }));
  const all = encodeModel(change(model, { graph: change(graph, { output: every, valueInfo: [] }) }));
  const session = await ort.InferenceSession.create(all, { graphOptimizationLevel: "disabled", logSeverityLevel: 4 });
  const dtypes = new Map(describeModel(model).inputs.map(({ name, dtype }) => [name, dtype]));
  const feeds = Object.entries(shapes).map(([name, shape]) => [name, tensorOf(dtypes.get(name)!, shape)] as const);
  const results = await session.run(Object.fromEntries(feeds));
  await session.release();
  return new Map(Object.entries(results).map(([name, { type, dims }]) => [name, `${type} [${dims.join(", ")}]`]));
}

function tensorOf(dtype: string, shape: readonly number[]): ort.Tensor {
  const values = noise(sizeOf(shape), 1);
  if (dtype === "int64")
    return new ort.Tensor(
      "int64",
      BigInt64Array.from(values, (x) => BigInt(Math.round(x * 8))),
      shape,
    );
  if (dtype === "bool")
    return new ort.Tensor(
      "bool",
      Array.from(values, (x) => x > 0),
      shape,
    );
  if (dtype === "uint8")
    return new ort.Tensor(
      "uint8",
      Uint8Array.from(values, (x) => 100 * Math.abs(x)),
      shape,
    );
  if (dtype === "int8")
    return new ort.Tensor(
      "int8",
      Int8Array.from(values, (x) => 100 * x),
      shape,
    );
  return new ort.Tensor("float32", values, shape);
}
