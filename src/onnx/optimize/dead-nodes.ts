import { change, type ModelProto, type NodeProto } from "../schema.ts";
import { readsOf } from "./graph-index.ts";

/** Without the nodes and constants that no output depends on. */
export function deadNodes(model: ModelProto): ModelProto {
  const { graph } = model;
  if (!graph) return model;
  const used = new Set(graph.output.map(({ name }) => name));
  const live = new Set<NodeProto>();
  for (const node of [...graph.node].reverse()) {
    if (!node.output.some((name) => used.has(name))) continue;
    live.add(node);
    for (const name of readsOf(node)) used.add(name);
  }
  const node = graph.node.filter((one) => live.has(one));
  const initializer = graph.initializer.filter(({ name }) => used.has(name));
  if (node.length === graph.node.length && initializer.length === graph.initializer.length) return model;
  // Old files list constants among the inputs.
  const gone = new Set(graph.initializer.map(({ name }) => name).filter((name) => !used.has(name)));
  const input = graph.input.filter(({ name }) => !gone.has(name));
  return change(model, { graph: change(graph, { node, initializer, input }) });
}
