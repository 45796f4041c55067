import { makeNode } from "./build.ts";
import { change, type GraphProto, type ModelProto, type NodeProto } from "./schema.ts";

/**
 * Put one PRelu where a converter spelt it out: Relu(x) + slope · −Relu(−x). Five passes over memory become one,
 * and the values stay the same: for each x one of the two terms is zero.
 *
 * @returns `model` itself where there is none; the given one stays as it is.
 */
export function fusePrelu(model: ModelProto): ModelProto {
  const { graph } = model;
  if (!graph) return model;
  const maker = new Map(graph.node.flatMap((node) => node.output.map((name) => [name, node] as const)));
  const uses = countUses(graph);
  const constants = new Set(graph.initializer.map(({ name }) => name));
  const fused = new Map<NodeProto, NodeProto>();
  const gone = new Set<NodeProto>();

  /** The node of that operator which alone feeds one other node. */
  const inner = (name: string | undefined, op: string): NodeProto | null => {
    const node = name === undefined ? undefined : maker.get(name);
    return node?.opType === op && uses.get(name!) === 1 ? node : null;
  };
  const match = (add: NodeProto, positive: string | undefined, negative: string | undefined): boolean => {
    const relu = inner(positive, "Relu");
    const mul = inner(negative, "Mul");
    const slopeAt = mul ? mul.input.findIndex((name) => constants.has(name)) : -1;
    if (!relu || !mul || slopeAt === -1) return false;
    const outerNeg = inner(mul.input[1 - slopeAt], "Neg");
    const below = inner(outerNeg?.input[0], "Relu");
    const innerNeg = inner(below?.input[0], "Neg");
    const x = relu.input[0]!;
    if (!outerNeg || !below || !innerNeg || innerNeg.input[0] !== x) return false;
    for (const node of [relu, mul, outerNeg, below, innerNeg]) gone.add(node);
    fused.set(add, makeNode("PRelu", [x, mul.input[slopeAt]!], [add.output[0]!]));
    return true;
  };

  for (const node of graph.node) {
    if (node.opType !== "Add") continue;
    const [a, b] = node.input;
    if (!match(node, a, b)) match(node, b, a);
  }
  if (fused.size === 0) return model;
  const node = graph.node.filter((n) => !gone.has(n)).map((n) => fused.get(n) ?? n);
  return change(model, { graph: change(graph, { node }) });
}

function countUses(graph: GraphProto): Map<string, number> {
  const uses = new Map<string, number>();
  const names = [...graph.node.flatMap((node) => node.input), ...graph.output.map(({ name }) => name)];
  for (const name of names) uses.set(name, (uses.get(name) ?? 0) + 1);
  return uses;
}
