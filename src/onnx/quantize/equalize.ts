import { floatsOf } from "../optimize/floats.ts";
import { type GraphIndex, indexGraph, isOp } from "../optimize/graph-index.ts";
import { type Layer, layerOf, withWeights } from "../optimize/layers.ts";
import { rewriteOf } from "../optimize/rewrite.ts";
import type { GraphProto, ModelProto, NodeProto } from "../schema.ts";
import { scaledWeights } from "./scaled-weights.ts";

/** How much of the channels' difference goes from activations into the weights that read them. */
const SHARE = 0.7;

/** No channel is scaled by more than this against another: weights of nearly nothing tell nothing. */
const MOST = 1e3;

/**
 * Make channels of an activation alike, which share one scale in 8 bits: the layers that make it divide each by a number, those
 * that read it multiply by it; Relu, PRelu and sums in between do not notice. Outputs stay the same up to rounding.
 *
 * A channel's number is a^0.7 / w^0.3, a what it reaches and w the largest weight that reads it; where only depthwise convolutions
 * read it, whose channels have scales of their own, a.
 *
 * @param largest by value: what each channel reaches in absolute terms. Values that are not there are left as they are.
 * Source: Nagel et al., arXiv:1906.04721, section 4.1; Xiao et al., "SmoothQuant", arXiv:2211.10438, equation 4.
 */
export function equalize(model: ModelProto, largest: ReadonlyMap<string, ArrayLike<number>>): ModelProto {
  const graph = model.graph!;
  const index = indexGraph(graph);
  // Several groups may change one layer, from both sides: weights are gathered, and written once.
  const changed = new Map<NodeProto, Layer>();
  const layerNow = (node: NodeProto): Layer | null => changed.get(node) ?? layerOf(node, index.constants);
  for (const group of groupsOf(graph, index)) {
    const s = factorsOf(group, layerNow, largest);
    if (!s) continue;
    for (const node of group.makers) {
      const layer = layerNow(node)!;
      changed.set(node, {
        ...layer,
        weights: scaledWeights(layer, (output) => 1 / s[output]!),
        bias: layer.bias.map((b, c) => b / s[c]!),
      });
    }
    for (const node of group.readers) {
      const layer = layerNow(node)!;
      changed.set(node, { ...layer, weights: scaledWeights(layer, (_, input) => s[input]!) });
    }
  }
  const rewrite = rewriteOf(graph);
  for (const [node, layer] of changed) rewrite.replace(node, [withWeights(layer, layer.weights, layer.bias, rewrite)]);
  return rewrite.done(model);
}

/** Values whose channels are scaled alike. */
type Group = { readonly values: string[]; readonly makers: Set<NodeProto>; readonly readers: Set<NodeProto> };

function groupsOf(graph: GraphProto, index: GraphIndex): Group[] {
  const parent = new Map<string, string>();
  const root = (name: string): string => {
    const up = parent.get(name);
    return up === undefined || up === name ? name : root(up);
  };
  for (const node of graph.node)
    if (isTransparent(node, index)) for (const name of tied(node)) parent.set(root(name), root(node.output[0]!));
  const groups = new Map<string, Group>();
  const names = new Set(graph.node.flatMap(({ output }) => output));
  for (const name of names) {
    const group = groups.get(root(name)) ?? { values: [], makers: new Set<NodeProto>(), readers: new Set<NodeProto>() };
    groups.set(root(name), group);
    group.values.push(name);
  }
  return [...groups.values()].filter((group) => group.values.every((name) => joins(group, name)));

  /** Do only layers, and what hands scales on, make and read it? */
  function joins(group: Group, name: string): boolean {
    const maker = index.maker.get(name)!;
    if (index.answers.has(name)) return false;
    if (layerOf(maker, index.constants)) group.makers.add(maker);
    else if (!isTransparent(maker, index)) return false;
    return (index.readers.get(name) ?? []).every((reader) => {
      if (isTransparent(reader, index)) return true;
      group.readers.add(reader);
      return layerOf(reader, index.constants) !== null && reader.input.lastIndexOf(name) === 0;
    });
  }
}

/** f(s · x) = s · f(x) for s > 0, a channel by itself. */
function isTransparent(node: NodeProto, { constants }: GraphIndex): boolean {
  if (isOp(node, "Add")) return node.input.every((name) => !constants.has(name));
  if (isOp(node, "Relu")) return true;
  if (isOp(node, "PRelu")) return constants.has(node.input[1]!);
  // Nothing from above.
  return isOp(node, "Clip") && (node.input[2] ?? "") === "" && floatsOf(constants.get(node.input[1] ?? ""))?.[0] === 0;
}

const tied = (node: NodeProto): string[] => (isOp(node, "Add") ? node.input : [node.input[0]!]);

function factorsOf(
  { values, makers, readers }: Group,
  layerNow: (node: NodeProto) => Layer | null,
  largest: ReadonlyMap<string, ArrayLike<number>>,
): Float64Array | null {
  const channels = [...makers].map((node) => layerNow(node)!.outputs);
  const [count] = channels;
  const reading = [...readers].map((node) => layerNow(node)!);
  if (count === undefined || reading.length === 0) return null;
  if (channels.some((n) => n !== count) || reading.some(({ inputs }) => inputs !== count)) return null;
  const reach = new Float64Array(count);
  for (const value of values) {
    const own = largest.get(value);
    if (own?.length === count) for (let c = 0; c < count; c++) reach[c] = Math.max(reach[c]!, own[c]!);
  }
  const read = new Float64Array(count);
  for (const { weights, blocks } of reading) {
    blocks((_, c, start, end) => {
      for (let i = start; i < end; i++) read[c] = Math.max(read[c]!, Math.abs(weights[i]!));
    });
  }
  const depthwise = reading.every(({ group, dims }) => group > 1 && dims[1] === 1);
  const wished = Float64Array.from(reach, (a, c) => {
    if (a === 0 || read[c] === 0) return 0;
    return depthwise ? a : a ** SHARE / read[c]! ** (1 - SHARE);
  });
  const most = wished.reduce((a, b) => Math.max(a, b), 0);
  return most === 0 ? null : wished.map((s) => (s === 0 ? 1 : Math.max(s / most, 1 / MOST)));
}
