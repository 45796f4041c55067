import { makeTensor } from "../build.ts";
import { constantInput } from "../export-form.ts";
import { namesIn } from "../names.ts";
import { change, type GraphProto, type ModelProto, type NodeProto, type TensorProto } from "../schema.ts";
import { readsOf } from "./graph-index.ts";

/** What a pass does to a graph, gathered and done at once. */
export type Rewrite = {
  /** @returns its name: the given one, or where that is taken one like it. */
  constant(name: string, shape: readonly number[], data: Float32Array<ArrayBuffer>): string;
  /** A name that no value has, and none will be given again. */
  fresh(name: string): string;
  /** Nodes in the place of one, which may be none; of one that was replaced before, what it is then. */
  replace(node: NodeProto, by: readonly NodeProto[]): void;
  /** `model` itself where nothing was replaced; else without the constants that only replaced nodes read. */
  done(model: ModelProto): ModelProto;
};

export function rewriteOf(graph: GraphProto): Rewrite {
  const taken = namesIn(graph);
  const added: TensorProto[] = [];
  const replaced = new Map<NodeProto, readonly NodeProto[]>();
  const fresh = (name: string): string => {
    let free = name;
    while (taken.has(free)) free += "_";
    taken.add(free);
    return free;
  };
  return {
    fresh,
    constant(name, shape, data) {
      const own = fresh(name);
      added.push(makeTensor(own, shape, data));
      return own;
    },
    replace: (node, by) => replaced.set(node, by),
    done(model) {
      if (replaced.size === 0) return model;
      const node = graph.node.flatMap((one) => replaced.get(one) ?? one);
      const before = new Set([...replaced.keys()].flatMap(readsOf));
      const now = new Set([...node.flatMap(readsOf), ...graph.output.map(({ name }) => name)]);
      const isLeft = ({ name }: { name: string }): boolean => now.has(name) || !before.has(name);
      const kept = graph.initializer.filter(isLeft);
      const listed = new Set(graph.initializer.filter((tensor) => !isLeft(tensor)).map(({ name }) => name));
      const input = [
        ...graph.input.filter(({ name }) => !listed.has(name)),
        ...(model.irVersion < 4n ? added.filter(isLeft).map(constantInput) : []),
      ];
      return change(model, {
        graph: change(graph, { node, input, initializer: [...kept, ...added.filter(isLeft)] }),
      });
    },
  };
}
