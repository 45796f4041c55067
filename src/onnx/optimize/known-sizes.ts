import { makeTensor } from "../build.ts";
import { inferKnown } from "../infer.ts";
import { change, type ModelProto, type TensorProto } from "../schema.ts";

/** Whole numbers that are known before the graph runs, as the shapes that exporters compute, become constants. */
export function knownSizes(model: ModelProto): ModelProto {
  const { graph } = model;
  if (!graph) return model;
  const known = inferKnown(model, { onUnknown: () => {} });
  const answers = new Set(graph.output.map(({ name }) => name));
  const made: TensorProto[] = [];
  const node = graph.node.filter(({ output: [name, ...more] }) => {
    const value = known.get(name!);
    if (!value?.values || value.dtype !== "int64" || more.length > 0 || answers.has(name!)) return true;
    const numbers = value.values.filter((x) => typeof x === "number");
    const sizes = value.shape.filter((dim) => typeof dim === "number");
    if (numbers.length !== value.values.length || sizes.length !== value.shape.length) return true;
    made.push(makeTensor(name!, sizes, numbers));
    return false;
  });
  if (made.length === 0) return model;
  return change(model, { graph: change(graph, { node, initializer: [...graph.initializer, ...made] }) });
}
