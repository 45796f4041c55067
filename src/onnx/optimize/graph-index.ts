import type { GraphProto, NodeProto, TensorProto } from "../schema.ts";

/** A graph from the side of its values: who makes one, who reads it. */
export type GraphIndex = {
  readonly constants: ReadonlyMap<string, TensorProto>;
  readonly maker: ReadonlyMap<string, NodeProto>;
  /** A node as often as it reads the value, also from inside its subgraphs. */
  readonly readers: ReadonlyMap<string, readonly NodeProto[]>;
  /** What the graph answers. */
  readonly answers: ReadonlySet<string>;
};

export function indexGraph(graph: GraphProto): GraphIndex {
  const readers = new Map<string, NodeProto[]>();
  for (const node of graph.node) {
    for (const name of readsOf(node)) {
      const list = readers.get(name);
      if (list) list.push(node);
      else readers.set(name, [node]);
    }
  }
  return {
    constants: new Map(graph.initializer.map((tensor) => [tensor.name, tensor])),
    maker: new Map(graph.node.flatMap((node) => node.output.map((name) => [name, node] as const))),
    readers,
    answers: new Set(graph.output.map(({ name }) => name)),
  };
}

/** The one node that reads a value, once; null where there are others, or the graph answers it. */
export function soleReader({ readers, answers }: GraphIndex, name: string): NodeProto | null {
  const all = readers.get(name) ?? [];
  return all.length === 1 && !answers.has(name) ? all[0]! : null;
}

/** What a node reads; its subgraphs read values from outside too. */
export function readsOf({ input, attribute }: NodeProto): string[] {
  const inner = attribute.flatMap(({ g, graphs }) => (g ? [g, ...graphs] : graphs));
  return [
    ...input,
    ...inner.flatMap(({ node, output }) => [...node.flatMap(readsOf), ...output.map(({ name }) => name)]),
  ];
}

/** Is it one of ONNX's own operators, of that name? */
export const isOp = ({ opType, domain }: NodeProto, name: string): boolean =>
  opType === name && (domain === "" || domain === "ai.onnx");
