import { change, type ModelProto, type NodeProto } from "../schema.ts";
import { type Norm, normOf } from "./batch-norms.ts";
import { indexGraph, isOp, soleReader } from "./graph-index.ts";
import { type Layer, layerOf, withWeights } from "./layers.ts";
import { rewriteOf } from "./rewrite.ts";

/** A shift may be so many times what values usually are; beyond it float32 would lose bits of them. */
const FURTHEST = 16;

/**
 * Batch normalisations before padded convolutions, on a residual network's trunk, lose their shift: factor·x + offset is
 * factor·(x + d), d = offset / factor, and the trunk carries x + d. The biases of the convolutions that are added to
 * the trunk bring it from one block's d to the next one's; what reads the trunk without padding takes it off its own
 * bias. Zeros around the image are then what they have to be, and `batchNormsOn` takes the rest. Exact up to rounding.
 *
 * Left alone: where the trunk is made by something else (the first block's input), is read by something else, or where d is
 * far from what values usually are.
 */
export function residualShifts(model: ModelProto): ModelProto {
  const { graph } = model;
  if (!graph?.node.some((node) => isOp(node, "BatchNormalization"))) return model;
  const index = indexGraph(graph);
  const layers = new Map(graph.node.map((node) => [node, layerOf(node, index.constants)] as const));
  const shifts = new Map<string, { norm: NodeProto; factor: Float64Array; by: Float64Array }>();
  for (const node of graph.node) {
    const norm = normOf(node, index.constants);
    const by = norm && wantedBy(node, norm);
    if (norm && by && canMove(node, by)) shifts.set(node.input[0]!, { norm: node, factor: norm.factor, by });
  }
  if (shifts.size === 0) return model;

  const rewrite = rewriteOf(graph);
  const biases = new Map<Layer, Float64Array>();
  const biasOf = (layer: Layer): Float64Array => {
    const bias = biases.get(layer) ?? Float64Array.from(layer.bias);
    biases.set(layer, bias);
    return bias;
  };
  for (const [value, { norm, factor, by }] of shifts) {
    move(biasOf(sourceOf(value, by.length)!), by, 1);
    for (const reader of index.readers.get(value)!) {
      const layer = layers.get(reader);
      if (layer) takeOff(layer, by);
      else if (isOp(reader, "Add")) move(biasOf(addedTo(reader, value, by.length)!), by, -1);
    }
    rewrite.replace(norm, [scaled(norm, factor)]);
  }
  for (const [layer, bias] of biases)
    rewrite.replace(layer.node, [withWeights(layer, layer.weights, Float32Array.from(bias), rewrite)]);
  return rewrite.done(model);

  /** The shift that a normalisation needs gone; null where it can be taken in as it is, or must stay. */
  function wantedBy(node: NodeProto, { factor, offset, reach }: Norm): Float64Array | null {
    const readers = index.readers.get(node.output[0]!) ?? [];
    const into = readers.map((reader) => layers.get(reader) ?? null);
    if (index.answers.has(node.output[0]!) || into.includes(null) || !into.some((layer) => layer!.padded)) return null;
    if (offset.every((x) => x === 0)) return null;
    const by = offset.map((x, c) => x / factor[c]!);
    return by.every((d, c) => Math.abs(d) <= FURTHEST * reach[c]!) ? by : null;
  }
  /** Does everyone who makes or reads what the node normalises know what to do? */
  function canMove(norm: NodeProto, { length }: Float64Array): boolean {
    const value = norm.input[0]!;
    if (index.answers.has(value) || !sourceOf(value, length)) return false;
    return index.readers.get(value)!.every((reader) => {
      const layer = layers.get(reader);
      if (layer) return !layer.padded && layer.inputs === length && reader.input.lastIndexOf(value) === 0;
      return reader === norm || (isOp(reader, "Add") && addedTo(reader, value, length) !== null);
    });
  }
  /** The layer whose bias shifts a value: the one that makes it, or one of those that are added to make it. */
  function sourceOf(value: string, channels: number): Layer | null {
    const maker = index.maker.get(value);
    if (!maker) return null;
    const own = layers.get(maker);
    if (own) return own.outputs === channels && isOp(maker, "Conv") ? own : null;
    if (!isOp(maker, "Add")) return null;
    return addedTo(maker, maker.input[1]!, channels) ?? addedTo(maker, maker.input[0]!, channels);
  }
  /** The convolution that an Add adds to a value, if it does nothing else. */
  function addedTo(add: NodeProto, value: string, channels: number): Layer | null {
    const other = add.input[0] === value ? add.input[1]! : add.input[0]!;
    const maker = index.maker.get(other);
    const layer = maker && isOp(maker, "Conv") && soleReader(index, other) === add ? layers.get(maker) : null;
    return layer?.outputs === channels ? layer : null;
  }
  function takeOff(layer: Layer, by: Float64Array): void {
    const bias = biasOf(layer);
    layer.blocks((output, input, start, end) => {
      for (let i = start; i < end; i++) bias[output]! -= layer.weights[i]! * by[input]!;
    });
  }
  function scaled(norm: NodeProto, factor: Float64Array): NodeProto {
    const epsilon = norm.attribute.find(({ name }) => name === "epsilon")?.f ?? 1e-5;
    const constant = (part: string, values: ArrayLike<number>): string =>
      rewrite.constant(`${norm.output[0]}_${part}`, [factor.length], Float32Array.from(values));
    const none = constant("none", new Float32Array(factor.length));
    const one = constant("one", new Float32Array(factor.length).fill(1));
    const scale = constant(
      "scale",
      factor.map((x) => x * Math.sqrt(1 + epsilon)),
    );
    return change(norm, { input: [norm.input[0]!, scale, none, none, one] });
  }
}

function move(bias: Float64Array, by: Float64Array, sign: 1 | -1): void {
  for (const [c, d] of by.entries()) bias[c]! += sign * d;
}
