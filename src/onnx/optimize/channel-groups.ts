import { inferShapes } from "../infer.ts";
import type { ModelProto, NodeProto } from "../schema.ts";
import { type ChannelOp, channelOpOf } from "./channel-ops.ts";
import { indexGraph, isOp, readsOf } from "./graph-index.ts";
import { type Layer, layerOf } from "./layers.ts";

/** What a node is to the channels of what it reads and makes. */
export type Role =
  /** Makes new channels out of all it reads; `pixels` numbers of its input in a row belong to one channel. */
  | { readonly kind: "mixes"; readonly node: NodeProto; readonly layer: Layer; readonly pixels: number }
  | { readonly kind: "depthwise"; readonly node: NodeProto; readonly layer: Layer }
  | { readonly kind: "each"; readonly node: NodeProto; readonly op: ChannelOp }
  | { readonly kind: "adds"; readonly node: NodeProto }
  | { readonly kind: "flattens"; readonly node: NodeProto }
  | { readonly kind: "unknown"; readonly node: NodeProto };

/** Values whose channels are the same ones: to leave one out is to leave it out everywhere. */
export type ChannelGroup = {
  readonly channels: number;
  readonly values: readonly string[];
  /** Can a channel be left out of it? Not where the graph is given or answers it, nor where an unknown node sees it. */
  readonly free: boolean;
};

export type Channels = {
  /** Of each node, in the graph's order. */
  readonly roles: readonly Role[];
  readonly groupOf: ReadonlyMap<string, ChannelGroup>;
};

/** Which values of a graph have the same channels, along their second axis. */
export function channelGroups(model: ModelProto): Channels {
  const graph = model.graph!;
  const index = indexGraph(graph);
  const shapes = inferShapes(model, { onUnknown: () => {} });
  const sizes = (name: string): readonly unknown[] => shapes.get(name)?.shape ?? [];
  /** The first value of the same channels; a value that is its own is the first. */
  const parents = new Map<string, string>();
  const first = (name: string): string => {
    const parent = parents.get(name);
    if (parent === undefined || parent === name) return name;
    const root = first(parent);
    parents.set(name, root);
    return root;
  };
  const join = (a: string, b: string): void => void parents.set(first(a), first(b));
  /** Numbers in a row that belong to a channel: of what was flattened, more than one. */
  const pixels = new Map<string, number>();
  const fixed = new Set([...index.answers, ...graph.input.map(({ name }) => name)]);

  const roles = graph.node.map((node): Role => {
    const role = roleOf(node);
    const [x, y] = [node.input[0]!, node.output[0]!];
    if (role.kind === "unknown") for (const name of [...readsOf(node), ...node.output]) fixed.add(name);
    else if (role.kind === "adds") for (const name of node.input) join(name, y);
    else if (role.kind !== "mixes") join(x, y);
    return role;
  });
  const members = new Map<string, Set<string>>();
  for (const name of graph.node.flatMap(({ input, output }) => [...input, ...output])) {
    if (name === "" || index.constants.has(name)) continue;
    const list = members.get(first(name));
    if (list) list.add(name);
    else members.set(first(name), new Set([name]));
  }
  const groupOf = new Map<string, ChannelGroup>();
  for (const values of [...members.values()].map((set) => [...set])) {
    const image = values.find((name) => !pixels.has(name)) ?? values[0]!;
    const channels = sizes(image)[1];
    if (typeof channels !== "number") continue;
    const group = { channels, values, free: !values.some((name) => fixed.has(name)) };
    for (const name of values) groupOf.set(name, group);
  }
  return { roles, groupOf };

  function roleOf(node: NodeProto): Role {
    const [x, y] = [node.input[0] ?? "", node.output[0]!];
    const channels = sizes(x)[1];
    const unknown = { kind: "unknown", node } as const;
    if (typeof channels !== "number" || node.output.length > 1) return unknown;
    const layer = layerOf(node, index.constants);
    if (layer) {
      if (node.input.lastIndexOf(x) !== 0) return unknown;
      if (layer.group === 1) return { kind: "mixes", node, layer, pixels: pixels.get(x) ?? 1 };
      const depthwise = layer.group === layer.inputs && layer.inputs === layer.outputs;
      return depthwise ? { kind: "depthwise", node, layer } : unknown;
    }
    // Only a layer knows which numbers of a row are one channel's.
    if (pixels.has(x)) return unknown;
    if (isOp(node, "Flatten") && (node.attribute[0]?.i ?? 1n) === 1n) {
      const row = sizes(y)[1];
      if (typeof row !== "number") return unknown;
      if (row !== channels) pixels.set(y, row / channels);
      return { kind: "flattens", node };
    }
    if (isOp(node, "Add")) {
      const alike = node.input.every(
        (name) => !index.constants.has(name) && sizes(name).length === 4 && sizes(name).join() === sizes(y).join(),
      );
      return alike ? { kind: "adds", node } : unknown;
    }
    const op = channelOpOf(node, index.constants, channels);
    return op ? { kind: "each", node, op } : unknown;
  }
}
