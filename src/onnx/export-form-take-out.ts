import { findInput, NUMPY_BROADCAST_OPSET, opsetOf, type Preprocessing, permuteInput } from "./export-form.ts";
import { type Constants, type Fed, reordered, steps } from "./export-form-steps.ts";
import { namesIn, renameUses, renameValues } from "./names.ts";
import { integersOf, intOf, intsOf, tensorTypeOf } from "./read.ts";
import { change, type GraphProto, type ModelProto, type NodeProto } from "./schema.ts";

export type TakeOutOptions = {
  /** Default: the only input. */
  readonly inputName?: string | undefined;
  /** Of the graph as it is; needed only where its shape does not tell. */
  readonly layout?: "NCHW" | "NHWC" | undefined;
  /** New names of inputs and outputs, by the old ones. */
  readonly rename?: Readonly<Record<string, string>> | undefined;
};

/** The network alone, and what was done to its pixels before. */
export type TakenOut = Preprocessing & { readonly model: ModelProto };

/**
 * Take the preprocessing out of a graph: the nodes after its input that turn colours around, subtract, add, multiply
 * or divide by constants (one number, or one a channel), turn bytes into floats, or NHWC into NCHW. The first node that
 * does anything else, and all after it, stay.
 *
 * @returns null where the graph begins with none of these, or where it cannot be told which of its axes are channels.
 * Numbers are the shortest decimals that are the graph's float32 numbers. The given model stays as it is.
 * @throws {ArcfaceError} INVALID_ARGUMENT as findInput and renameValues.
 */
export function takeOutPreprocessing(model: ModelProto, options: TakeOutOptions = {}): TakenOut | null {
  const { graph } = model;
  const input = findInput(model, options.inputName);
  const start = begin(tensorTypeOf(input), options.layout);
  if (!graph || !start || opsetOf(model) < NUMPY_BROADCAST_OPSET) return null;
  const { fed, value, gone } = follow(graph, input.name, start);
  if (gone.size === 0) return null;

  const node = renameUses(
    graph.node.filter((one) => !gone.has(one)),
    new Map([[value, input.name]]),
  );
  // Constants that only the preprocessing read go with it.
  const read = new Set([...gone].flatMap((one) => one.input));
  const stillRead = new Set([...node.flatMap(readsOf), ...graph.output.map(({ name }) => name)]);
  const isDead = (name: string): boolean => name !== input.name && read.has(name) && !stillRead.has(name);
  const made = new Set([...gone].flatMap((one) => one.output));
  const alone = change(graph, {
    node: node.filter((one) => one.opType !== "Constant" || !isDead(one.output[0]!)),
    initializer: graph.initializer.filter(({ name }) => !isDead(name)),
    input: graph.input
      .filter(({ name }) => !isDead(name))
      .map((info) => {
        if (info !== input || (!fed.interleavedToPlanar && fed.dtype === start.dtype)) return info;
        return permuteInput(info, fed.interleavedToPlanar ? [0, 3, 1, 2] : [0, 1, 2, 3], fed.dtype);
      }),
    valueInfo: graph.valueInfo.filter(({ name }) => !made.has(name)),
  });
  return {
    model: renameValues(change(model, { graph: alone }), options.rename ?? {}),
    mean: fed.mean.map(tidy),
    scale: fed.scale.map(tidy),
    reverseChannels: fed.order.length === 3 && fed.order[0] === 2,
    layout: fed.axis === 1 ? "NCHW" : "NHWC",
    interleavedToPlanar: fed.interleavedToPlanar,
  };
}

/** Sums and products of decimals leave a trace in the sixteenth digit. */
function tidy(value: number): number {
  return Number(value.toPrecision(12));
}

/** Pixels as they come; null where it cannot be told which axis is the channels'. */
function begin(type: ReturnType<typeof tensorTypeOf>, layout: TakeOutOptions["layout"]): Fed | null {
  const shape = type?.shape ?? [];
  const isChannels = (axis: number): boolean => shape[axis] === 1 || shape[axis] === 3;
  const axes = ([1, 3] as const).filter(isChannels).filter((axis) => !layout || axis === (layout === "NCHW" ? 1 : 3));
  const [axis] = axes;
  if (!type || shape.length !== 4 || axis === undefined || axes.length !== 1) return null;
  const order = Array.from({ length: Number(shape[axis]) }, (_, c) => c);
  const fill = (value: number): number[] => order.map(() => value);
  return { order, mean: fill(0), scale: fill(1), axis, interleavedToPlanar: false, dtype: type.elemType };
}

/** Along the chain as far as each value goes into one known node and nowhere else. */
function follow(graph: GraphProto, from: string, start: Fed): { fed: Fed; value: string; gone: Set<NodeProto> } {
  const readers = new Map<string, NodeProto[]>();
  for (const node of graph.node)
    for (const name of readsOf(node)) readers.set(name, [...(readers.get(name) ?? []), node]);
  const outputs = new Set(graph.output.map(({ name }) => name));
  const constants = constantsOf(graph);
  /** The node that alone reads a value, once. */
  const onlyReader = (name: string): NodeProto | undefined => {
    const [node, ...others] = readers.get(name) ?? [];
    return others.length === 0 && !outputs.has(name) ? node : undefined;
  };
  const gone = new Set<NodeProto>();
  let [fed, value] = [start, from];
  for (let node = onlyReader(value); node; node = onlyReader(value)) {
    if (node.domain !== "" && node.domain !== "ai.onnx") break;
    const split = node.opType === "Split" ? splitAndConcat(fed, node, constants, onlyReader) : null;
    const next = split?.fed ?? steps[node.opType]?.(fed, node, constants, value) ?? null;
    const output = (split?.concat ?? node).output[0]!;
    // A network that is nothing but preprocessing keeps its last node.
    if (!next || outputs.has(output)) break;
    gone.add(node);
    if (split) gone.add(split.concat);
    [fed, value] = [next, output];
  }
  return { fed, value, gone };
}

/** Luxonis's exporter reverses by three channels split and put together again. */
function splitAndConcat(
  fed: Fed,
  split: NodeProto,
  constants: Constants,
  onlyReader: (name: string) => NodeProto | undefined,
): { fed: Fed; concat: NodeProto } | null {
  const lengths = constants(split.input[1]);
  const sizes = intsOf(split, "split") ?? (split.input[1] ? lengths && integersOf(lengths) : [1, 1, 1]);
  const isEven = sizes?.length === 3 && sizes.every((size) => size === 1) && split.output.length === 3;
  const concat = onlyReader(split.output[0]!);
  const along = (node: NodeProto): boolean => (intOf(node, "axis", 0) + 4) % 4 === fed.axis;
  if (!isEven || fed.order.length !== 3 || concat?.opType !== "Concat" || !along(split) || !along(concat)) return null;
  if (split.output.some((name) => onlyReader(name) !== concat)) return null;
  const next = reordered(
    fed,
    concat.input.map((name) => split.output.indexOf(name)),
  );
  return next && { fed: next, concat };
}

/** What a node reads, in its subgraphs too. */
function readsOf(node: NodeProto): string[] {
  const inner = node.attribute.flatMap(({ g, graphs }) => (g ? [g, ...graphs] : graphs));
  return [...node.input, ...inner.flatMap((graph) => [...namesIn(graph)])].filter((name) => name !== "");
}

function constantsOf(graph: GraphProto): Constants {
  const held = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  for (const { opType, output, attribute } of graph.node) {
    const value = opType === "Constant" ? attribute.find(({ name }) => name === "value")?.t : undefined;
    if (value) held.set(output[0]!, value);
  }
  return (name) => held.get(name ?? "");
}
