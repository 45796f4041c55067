import { type AttributeProto, change, type ModelProto, type NodeProto, type TensorProto } from "../schema.ts";
import { floatsOf } from "./floats.ts";
import { indexGraph, isOp, soleReader } from "./graph-index.ts";
import { type Layer, layerOf, withWeights } from "./layers.ts";
import { rewriteOf } from "./rewrite.ts";

/** The specification's, where a node says none. */
const EPSILON = 1e-5;

/** A batch normalisation by constants: y = factor·x + offset, a number each a channel. Float64: they go on into products. */
export type Norm = {
  readonly factor: Float64Array;
  readonly offset: Float64Array;
  /** How far from 0 a value usually is: |mean| + deviation. */
  readonly reach: Float64Array;
};

/** Null where the node is no batch normalisation, or measures what it normalises. */
export function normOf(node: NodeProto, constants: ReadonlyMap<string, TensorProto>): Norm | null {
  if (!isOp(node, "BatchNormalization") || node.output.length > 1 || isTraining(node)) return null;
  const [scale, shift, mean, variance] = node.input.slice(1).map((name) => floatsOf(constants.get(name)));
  if (!scale || !shift || !mean || !variance) return null;
  const epsilon = node.attribute.find(({ name }) => name === "epsilon")?.f ?? EPSILON;
  const factor = Float64Array.from(scale, (x, c) => x / Math.sqrt(variance[c]! + epsilon));
  return {
    factor,
    offset: factor.map((x, c) => shift[c]! - mean[c]! * x),
    reach: factor.map((_, c) => Math.abs(mean[c]!) + Math.sqrt(variance[c]! + epsilon)),
  };
}

/** By its own statistics, or with a number each pixel (until opset 8). */
const isTraining = ({ attribute }: NodeProto): boolean =>
  attribute.some(
    ({ name, i }: AttributeProto) => (name === "training_mode" && i !== 0n) || (name === "spatial" && i === 0n),
  );

/**
 * Batch normalisations behind a convolution or fully-connected layer that nothing else reads go into its weights and
 * bias: w' = w·factor, b' = b·factor + offset. Exact up to rounding.
 */
export function batchNormsBack(model: ModelProto): ModelProto {
  const { graph } = model;
  if (!graph) return model;
  const index = indexGraph(graph);
  const rewrite = rewriteOf(graph);
  for (const node of graph.node) {
    const norm = normOf(node, index.constants);
    const before = norm && index.maker.get(node.input[0]!);
    const layer = before && soleReader(index, node.input[0]!) ? layerOf(before, index.constants) : null;
    if (!norm || !layer || layer.outputs !== norm.factor.length) continue;
    const weights = layer.weights.slice();
    layer.blocks((output, _, start, end) => {
      for (let i = start; i < end; i++) weights[i]! *= norm.factor[output]!;
    });
    const bias = layer.bias.map((b, c) => b * norm.factor[c]! + norm.offset[c]!);
    const output = [node.output[0]!];
    rewrite.replace(layer.node, [
      withWeights({ ...layer, node: change(layer.node, { output }) }, weights, bias, rewrite),
    ]);
    rewrite.replace(node, []);
  }
  return rewrite.done(model);
}

/**
 * Batch normalisations before convolutions or fully-connected layers (also flattened in between) go into those:
 * w' = w·factor, b' = b + Σ w·offset. Where the convolution pads its input, zeros would have to be −offset/factor: it is
 * exact only where all offsets are 0, else the normalisation stays.
 */
export function batchNormsOn(model: ModelProto): ModelProto {
  const { graph } = model;
  if (!graph) return model;
  const index = indexGraph(graph);
  const rewrite = rewriteOf(graph);
  for (const node of graph.node) {
    const norm = normOf(node, index.constants);
    if (!norm) continue;
    const [x, y] = [node.input[0]!, node.output[0]!];
    const flatten = soleReader(index, y);
    const isFlat = flatten !== null && isOp(flatten, "Flatten") && (flatten.attribute[0]?.i ?? 1n) === 1n;
    const read = isFlat ? flatten.output[0]! : y;
    const layers = (index.readers.get(read) ?? []).map((reader) => takes(reader, read, norm, isFlat));
    if (layers.length === 0 || layers.includes(null) || [y, read].some((name) => index.answers.has(name))) continue;
    if (isFlat) rewrite.replace(flatten, [change(flatten, { input: [x] })]);
    for (const layer of layers) rewrite.replace(layer!.node, [normalised(layer!, norm, isFlat ? read : x)]);
    rewrite.replace(node, []);
  }
  return rewrite.done(model);

  /** The layer, if it can take the normalisation in. */
  function takes(reader: NodeProto, read: string, { factor, offset }: Norm, isFlat: boolean): Layer | null {
    const layer = layerOf(reader, index.constants);
    if (!layer || reader.input.indexOf(read) !== 0 || reader.input.lastIndexOf(read) !== 0) return null;
    const fits = isFlat ? layer.inputs % factor.length === 0 : layer.inputs === factor.length;
    return fits && (!layer.padded || offset.every((x) => x === 0)) ? layer : null;
  }
  function normalised(layer: Layer, { factor, offset }: Norm, input: string): NodeProto {
    const pixels = layer.inputs / factor.length;
    const bias = Float64Array.from(layer.bias);
    const weights = layer.weights.slice();
    layer.blocks((output, at, start, end) => {
      const channel = Math.floor(at / pixels);
      for (let i = start; i < end; i++) {
        bias[output]! += weights[i]! * offset[channel]!;
        weights[i]! *= factor[channel]!;
      }
    });
    const node = withWeights(layer, weights, Float32Array.from(bias), rewrite);
    return change(node, { input: [input, ...node.input.slice(1)] });
  }
}
