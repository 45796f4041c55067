import { encodeFloat16 } from "../../tensor/float16.ts";
import { makeNode } from "../build.ts";
import { constantInput } from "../export-form.ts";
import { namesIn } from "../names.ts";
import { change, createTensor, DataType, type ModelProto, type TensorProto } from "../schema.ts";
import { floatsOf } from "./floats.ts";

/** Biases and scales stay: they are few, and each of them moves a whole channel. */
const LEAST = 1024;
const LARGEST = 65504;

/**
 * Weights kept in half precision, turned back into float32 by a Cast that the runtime does once, when it loads the graph:
 * half the file, the same speed and memory. Each weight is the nearest of 11 significant bits; those below 2⁻¹⁴ lose more,
 * at most 2⁻²⁵. A tensor with a number beyond ±65504 stays as it is, and so do short ones.
 *
 * @returns `model` itself where nothing changed.
 */
export function halfWeights(model: ModelProto): ModelProto {
  const { graph } = model;
  if (!graph) return model;
  const taken = namesIn(graph);
  const halves = new Map<TensorProto, TensorProto>();
  for (const tensor of graph.initializer) {
    const values = floatsOf(tensor);
    if (!values || values.length < LEAST || values.some((x) => !(Math.abs(x) <= LARGEST))) continue;
    let name = `${tensor.name}_half`;
    while (taken.has(name)) name += "_";
    taken.add(name);
    const rawData = new Uint8Array(Uint16Array.from(values, encodeFloat16).buffer);
    halves.set(tensor, createTensor({ name, dims: tensor.dims, dataType: DataType.FLOAT16, rawData }));
  }
  if (halves.size === 0) return model;
  const casts = [...halves].map(([{ name }, half]) => makeNode("Cast", [half.name], [name], { to: DataType.FLOAT }));
  const gone = new Set([...halves.keys()].map(({ name }) => name));
  const listed = model.irVersion < 4n ? [...halves.values()].map(constantInput) : [];
  return change(model, {
    graph: change(graph, {
      node: [...casts, ...graph.node],
      initializer: graph.initializer.map((tensor) => halves.get(tensor) ?? tensor),
      input: [...graph.input.filter(({ name }) => !gone.has(name)), ...listed],
    }),
  });
}
