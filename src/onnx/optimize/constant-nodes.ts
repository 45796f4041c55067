import { makeTensor } from "../build.ts";
import { type AttributeProto, change, type ModelProto, type NodeProto, type TensorProto } from "../schema.ts";

/** Constant nodes become constants of the graph, under their outputs' names. Those of text stay. */
export function constantNodes(model: ModelProto): ModelProto {
  const { graph } = model;
  const found = new Map<NodeProto, TensorProto>();
  for (const node of graph?.node ?? []) {
    const tensor = node.opType === "Constant" && node.domain === "" ? constantOf(node) : null;
    if (tensor) found.set(node, tensor);
  }
  if (!graph || found.size === 0) return model;
  const node = graph.node.filter((one) => !found.has(one));
  return change(model, { graph: change(graph, { node, initializer: [...graph.initializer, ...found.values()] }) });
}

function constantOf({ attribute, output }: NodeProto): TensorProto | null {
  const [name, value] = [output[0]!, attribute[0]];
  return value ? (READERS[value.name]?.(name, value) ?? null) : null;
}

const READERS: Readonly<Record<string, (name: string, value: AttributeProto) => TensorProto | null>> = {
  value: (name, { t }) => (t ? change(t, { name }) : null),
  value_float: (name, { f }) => makeTensor(name, [], Float32Array.of(f)),
  value_floats: (name, { floats }) => makeTensor(name, [floats.length], Float32Array.from(floats)),
  value_int: (name, { i }) => makeTensor(name, [], [Number(i)]),
  value_ints: (name, { ints }) => makeTensor(name, [ints.length], ints.map(Number)),
};
