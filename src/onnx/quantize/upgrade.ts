import { GraphBuilder, type Value } from "../builder.ts";
import { include } from "../include.ts";
import { renameUses } from "../names.ts";
import { elementTypeOf } from "../ops/element-type.ts";
import { tensorTypeOf } from "../read.ts";
import { change, type ModelProto, type NodeProto } from "../schema.ts";

/**
 * The same graph in the builder's opset, as quantised nodes need it (a scale a channel came with 13).
 *
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT as include.
 */
export function upgrade(model: ModelProto, name: string): ModelProto {
  const graph = model.graph!;
  const constants = new Set(graph.initializer.map((tensor) => tensor.name));
  const g = new GraphBuilder();
  const inputs: Record<string, Value> = {};
  for (const info of graph.input) {
    if (constants.has(info.name)) continue;
    const { elemType, shape } = tensorTypeOf(info)!;
    const dims = shape.map((dim, axis) => (dim === -1 ? `${info.name}:${axis}` : dim));
    const dtype = elementTypeOf(elemType);
    inputs[info.name] = g.input(info.name, dims, dtype === "other" ? "float32" : dtype);
  }
  const made = include(g, model, { inputs, prefix: PREFIX });
  // In the file's order: objects put names that are numbers first.
  for (const { name: output } of graph.output) g.output(output, made[output]!);
  return withoutPrefix(g.toModel(name));
}

const PREFIX = "net";

/** Names as they were; the nodes that gave outputs theirs are not needed then. */
function withoutPrefix(model: ModelProto): ModelProto {
  const graph = model.graph!;
  const answers = new Set(graph.output.map(({ name }) => name));
  const isName = ({ opType, input, output }: NodeProto): boolean =>
    opType === "Identity" && answers.has(output[0]!) && input[0] === `${PREFIX}.${output[0]}`;
  const node = graph.node.filter((one) => !isName(one));
  const bare = (name: string): string => (name.startsWith(`${PREFIX}.`) ? name.slice(PREFIX.length + 1) : name);
  const names = [...graph.initializer.map(({ name }) => name), ...node.flatMap(({ output }) => output)];
  const to = new Map(names.map((name) => [name, bare(name)]));
  return change(model, {
    graph: change(graph, {
      node: renameUses(node, to).map((one) => {
        const output = one.output.map((name) => to.get(name)!);
        return change(one, { output, name: output[0]! });
      }),
      initializer: graph.initializer.map((tensor) => change(tensor, { name: bare(tensor.name) })),
    }),
  });
}
