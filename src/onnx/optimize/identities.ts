import { renameUses } from "../names.ts";
import { change, type ModelProto, type NodeProto } from "../schema.ts";

/** Without nodes that pass their input on (Identity, and Dropout, which drops nothing in inference). */
export function identities(model: ModelProto): ModelProto {
  const { graph } = model;
  if (!graph) return model;
  const answers = new Set(graph.output.map(({ name }) => name));
  const to = new Map<string, string>();
  const node = graph.node.filter((one) => {
    const passes = one.domain === "" && (one.opType === "Identity" || isIdleDropout(one));
    // What the graph answers keeps the node that has its name.
    if (!passes || one.output.some((name) => answers.has(name))) return true;
    const source = one.input[0]!;
    to.set(one.output[0]!, to.get(source) ?? source);
    return false;
  });
  return to.size === 0 ? model : change(model, { graph: change(graph, { node: renameUses(node, to) }) });
}

/** Its mask is not asked for, and no input says that it trains. */
const isIdleDropout = ({ opType, input, output }: NodeProto): boolean =>
  opType === "Dropout" && output.length === 1 && (input[2] ?? "") === "";
