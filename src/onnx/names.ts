import { expected } from "../errors.ts";
import { type AttributeProto, change, type GraphProto, type ModelProto, type NodeProto } from "./schema.ts";

/** Every name of a value in a graph, those inside its subgraphs too. */
export function namesIn(graph: GraphProto): Set<string> {
  const names = new Set<string>();
  const visit = ({ input, output, initializer, node }: GraphProto): void => {
    for (const { name } of [...input, ...output, ...initializer]) names.add(name);
    for (const { input: uses, output: makes, attribute } of node) {
      for (const name of [...uses, ...makes]) names.add(name);
      for (const { g, graphs } of attribute) for (const inner of g ? [g, ...graphs] : graphs) visit(inner);
    }
  };
  visit(graph);
  names.delete("");
  return names;
}

/** Nodes that read other values, inside subgraphs too; a node that reads none of them is the same object. */
export function renameUses(nodes: readonly NodeProto[], to: ReadonlyMap<string, string>): NodeProto[] {
  const inGraph = (graph: GraphProto): GraphProto =>
    change(graph, {
      node: renameUses(graph.node, to),
      output: graph.output.map((info) => (to.has(info.name) ? change(info, { name: to.get(info.name)! }) : info)),
    });
  const inAttribute = (attribute: AttributeProto): AttributeProto => {
    if (!attribute.g && attribute.graphs.length === 0) return attribute;
    return change(attribute, {
      ...(attribute.g && { g: inGraph(attribute.g) }),
      graphs: attribute.graphs.map(inGraph),
    });
  };
  return nodes.map((node) => {
    const input = node.input.some((name) => to.has(name)) ? node.input.map((name) => to.get(name) ?? name) : node.input;
    const attribute = node.attribute.some(({ g, graphs }) => g || graphs.length > 0)
      ? node.attribute.map(inAttribute)
      : node.attribute;
    return input === node.input && attribute === node.attribute ? node : change(node, { input, attribute });
  });
}

/**
 * Call inputs and outputs otherwise.
 *
 * @param names new ones by the old ones.
 * @throws {ArcfaceError} INVALID_ARGUMENT where there is no such input or output, or a new name is taken.
 */
export function renameValues(model: ModelProto, names: Readonly<Record<string, string>>): ModelProto {
  const to = new Map(Object.entries(names).filter(([from, name]) => from !== name));
  const { graph } = model;
  if (to.size === 0 || !graph) return model;
  const all = namesIn(graph);
  const ports = [...graph.input, ...graph.output].map(({ name }) => name);
  for (const [from, name] of to) {
    if (!ports.includes(from)) throw expected("graph", `an input or output ${from} to rename`, ports.join(", "));
    // Two that exchange their names are well.
    const given = [...to.values()].filter((other) => other === name).length;
    if (given > 1 || (all.has(name) && !to.has(name))) throw expected("graph", "a new name that is free", name);
  }
  const named = <Named extends { name: string }>(item: Named): Named =>
    to.has(item.name) ? change(item, { name: to.get(item.name)! } as Partial<Named>) : item;
  const node = renameUses(graph.node, to).map((one) =>
    one.output.some((name) => to.has(name))
      ? change(one, { output: one.output.map((name) => to.get(name) ?? name) })
      : one,
  );
  const [input, output, valueInfo] = [graph.input, graph.output, graph.valueInfo].map((list) => list.map(named));
  return change(model, { graph: change(graph, { node, input: input!, output: output!, valueInfo: valueInfo! }) });
}
