import { floatsOf } from "../optimize/floats.ts";
import { type GraphIndex, indexGraph, isOp, soleReader } from "../optimize/graph-index.ts";
import { type Layer, layerOf } from "../optimize/layers.ts";
import { intOf } from "../read.ts";
import type { GraphProto, NodeProto } from "../schema.ts";

/** A layer to compute in 8 bits. */
export type QuantLayer = Layer & {
  /** What it is called: its own output. */
  readonly name: string;
  /** Its input's name. */
  readonly input: string;
  /** What is stored of it: its output, or that of the Relu or Clip behind it, which storing it does. */
  readonly output: string;
  /** The Relu or Clip, and what it leaves. */
  readonly clip: { readonly node: NodeProto; readonly high: number } | null;
};

/** A layer's weights, output channel after output channel, and the input channel of each. */
export function rowsOf({ weights, outputs, inputs, dims, group, node }: Layer): {
  rows: Float32Array;
  inputOf(i: number): number;
} {
  const each = weights.length / outputs;
  if (isOp(node, "Conv")) {
    const kernel = each / dims[1]!;
    return {
      rows: weights,
      inputOf: (i) => Math.floor(Math.floor(i / each) / (outputs / group)) * dims[1]! + Math.floor((i % each) / kernel),
    };
  }
  const inputOf = (i: number): number => i % inputs;
  if (dims[0] === outputs && intOf(node, "transB", 0) === 1) return { rows: weights, inputOf };
  const rows = new Float32Array(weights.length);
  for (let i = 0; i < inputs; i++) for (let o = 0; o < outputs; o++) rows[o * inputs + i] = weights[i * outputs + o]!;
  return { rows, inputOf };
}

/** Nodes that hand values on as they are, so that what is stored for the input serves for the output. */
const PASSING = new Set(["Flatten", "Reshape", "Transpose", "MaxPool", "Squeeze", "Unsqueeze", "Identity"]);

export const isPassing = (node: NodeProto): boolean =>
  node.domain === "" && (PASSING.has(node.opType) || isNearest(node));

function isNearest(node: NodeProto): boolean {
  if (!isOp(node, "Resize")) return false;
  const mode = node.attribute.find(({ name }) => name === "mode")?.s;
  return mode === undefined || new TextDecoder().decode(mode) === "nearest";
}

/** Every convolution and fully-connected layer with constant weights, by its output's name. */
export function quantLayers(graph: GraphProto, index: GraphIndex = indexGraph(graph)): Map<string, QuantLayer> {
  const layers = graph.node.flatMap((node): [string, QuantLayer][] => {
    const layer = layerOf(node, index.constants);
    if (!layer) return [];
    const name = node.output[0]!;
    const clip = clipBehind(index, name);
    return [[name, { ...layer, name, input: node.input[0]!, output: clip?.node.output[0] ?? name, clip }]];
  });
  return new Map(layers);
}

function clipBehind(index: GraphIndex, name: string): QuantLayer["clip"] {
  const node = soleReader(index, name);
  if (!node) return null;
  if (isOp(node, "Relu")) return { node, high: Infinity };
  if (!isOp(node, "Clip")) return null;
  const bound = (at: number, absent: number): number | null => {
    const input = node.input[at] ?? "";
    return input === "" ? absent : (floatsOf(index.constants.get(input))?.[0] ?? null);
  };
  const [low, high] = [bound(1, -Infinity), bound(2, Infinity)];
  return low === 0 && high !== null ? { node, high } : null;
}

/** Values that may be stored in 8 bits, whose ranges must be known. */
export function rangedValues(graph: GraphProto): string[] {
  const index = indexGraph(graph);
  const names = new Set<string>();
  for (const { input, output } of quantLayers(graph, index).values())
    for (const name of [input, output]) names.add(name);
  for (const node of graph.node) {
    if (isOp(node, "Add")) for (const name of [...node.input, ...node.output]) names.add(name);
    if (isPassing(node) && names.has(node.output[0]!)) names.add(node.input[0]!);
  }
  return [...names].filter((name) => !index.constants.has(name));
}

/** Values that some 8-bit layer reads, on its own or handed on. @param stays layers that stay in float. */
export function wantedValues(
  graph: GraphProto,
  layers: ReadonlyMap<string, QuantLayer>,
  stays: ReadonlySet<string>,
): Set<string> {
  const wanted = new Set<string>();
  for (const node of [...graph.node].reverse()) {
    const layer = layers.get(node.output[0]!);
    if (layer && !stays.has(layer.name)) wanted.add(layer.input);
    const hands = isPassing(node) || isOp(node, "PRelu") || isOp(node, "Add");
    if (hands && wanted.has(node.output[0]!))
      for (const name of isOp(node, "Add") ? node.input : [node.input[0]!]) wanted.add(name);
  }
  return wanted;
}
