import { makeNode } from "../build.ts";
import { normOf } from "../optimize/batch-norms.ts";
import { floatsOf } from "../optimize/floats.ts";
import { type GraphIndex, indexGraph, isOp, soleReader } from "../optimize/graph-index.ts";
import { type Layer, layerOf, withWeights } from "../optimize/layers.ts";
import { rewriteOf } from "../optimize/rewrite.ts";
import type { ModelProto, NodeProto } from "../schema.ts";
import { scaledWeights } from "./scaled-weights.ts";

/** Beyond so many standard deviations a channel's shift would widen the range that all channels share. */
const MOST_SHIFT = 4;

/**
 * Batch normalisations before a padded convolution, a·x + b, leave the graph: the convolution takes a into its weights and reads
 * x + b/a, whose padding is 0 as that of a·x + b is. The sum goes into the bias of the layer that makes x, or that makes a term
 * of x, where there is one that nothing else reads; whoever else reads x takes it back in their own bias.
 *
 * A residual network's stream is so shifted once, where it begins, and costs nothing more. Normalisations that cannot leave become
 * a product and a sum, which run in any layout.
 */
export function shiftNorms(model: ModelProto): ModelProto {
  let now = model;
  // From the last to the first: each changes the layer that makes its own input, and never a later one.
  for (const name of (model.graph?.node ?? [])
    .filter((node) => isOp(node, "BatchNormalization"))
    .map(({ output }) => output[0]!)
    .reverse())
    now = shiftOne(now, name);
  return now;
}

function shiftOne(model: ModelProto, name: string): ModelProto {
  const graph = model.graph!;
  const index = indexGraph(graph);
  const node = index.maker.get(name)!;
  const norm = normOf(node, index.constants);
  if (!norm) return model;
  const rewrite = rewriteOf(graph);
  const x = node.input[0]!;
  const reader = soleReader(index, name);
  const layer = reader && layerOf(reader, index.constants);
  const [scale, offset] = [1, 2].map((at) => floatsOf(index.constants.get(node.input[at]!))!);
  const isFar = offset!.some((b, c) => !(Math.abs(b) <= MOST_SHIFT * Math.abs(scale![c]!)) || scale![c] === 0);
  if (!layer || layer.inputs !== norm.factor.length || reader.input[0] !== name || isFar) {
    const [a, b] = [norm.factor, norm.offset].map((list, i) =>
      rewrite.constant(`${name}_${i === 0 ? "factor" : "offset"}`, [list.length, 1, 1], Float32Array.from(list)),
    );
    const product = rewrite.fresh(`${name}_product`);
    rewrite.replace(node, [makeNode("Mul", [x, a!], [product]), makeNode("Add", [product, b!], [name])]);
    return rewrite.done(model);
  }
  const shift = norm.offset.map((b, c) => b / norm.factor[c]!);
  const scaled = scaledWeights(layer, (_, input) => norm.factor[input]!);
  const others = (index.readers.get(x) ?? [])
    .filter((one) => one !== node)
    .map((one) => unshifted(index, one, x, shift));
  const maker = makerOf(index, x, shift.length);
  const touched = [maker?.node, layer.node, ...others.map((other) => other?.layer.node)];
  if (maker && !others.includes(null) && !index.answers.has(x) && new Set(touched).size === touched.length) {
    for (const { layer: other, bias } of others as Biased[])
      rewrite.replace(other.node, [withWeights(other, other.weights, bias, rewrite)]);
    rewrite.replace(maker.node, [
      withWeights(
        maker,
        maker.weights,
        maker.bias.map((b, c) => b + shift[c]!),
        rewrite,
      ),
    ]);
    rewrite.replace(layer.node, [changedInput(withWeights(layer, scaled, layer.bias, rewrite), x)]);
    rewrite.replace(node, []);
  } else {
    const constant = rewrite.constant(`${name}_shift`, [shift.length, 1, 1], Float32Array.from(shift));
    rewrite.replace(node, [makeNode("Add", [x, constant], [name])]);
    rewrite.replace(layer.node, [withWeights(layer, scaled, layer.bias, rewrite)]);
  }
  return rewrite.done(model);
}

type Biased = { readonly layer: Layer; readonly bias: Float32Array<ArrayBuffer> };

function changedInput(node: NodeProto, x: string): NodeProto {
  node.input[0] = x;
  return node;
}

/** The layer whose bias is a term of x, and of nothing else. */
function makerOf(index: GraphIndex, x: string, channels: number): Layer | null {
  const maker = index.maker.get(x);
  if (!maker) return null;
  const own = layerOf(maker, index.constants);
  if (own) return own.outputs === channels ? own : null;
  if (!isOp(maker, "Add")) return null;
  for (const term of maker.input) {
    const node = index.maker.get(term);
    const layer = node && soleReader(index, term) === maker ? layerOf(node, index.constants) : null;
    if (layer?.outputs === channels) return layer;
  }
  return null;
}

/** A reader of x that reads x + shift instead: the layer that takes the shift back, and its bias then. */
function unshifted(index: GraphIndex, reader: NodeProto, x: string, shift: Float64Array): Biased | null {
  if (isOp(reader, "Add")) {
    const other = reader.input.find((name) => name !== x);
    const node = other === undefined ? undefined : index.maker.get(other);
    const layer = node && soleReader(index, other!) === reader ? layerOf(node, index.constants) : null;
    return layer?.outputs === shift.length ? { layer, bias: layer.bias.map((b, c) => b - shift[c]!) } : null;
  }
  const layer = layerOf(reader, index.constants);
  if (!layer || layer.padded || layer.inputs !== shift.length || reader.input.indexOf(x) !== 0) return null;
  const bias = Float64Array.from(layer.bias);
  layer.blocks((output, input, start, end) => {
    for (let i = start; i < end; i++) bias[output]! -= layer.weights[i]! * shift[input]!;
  });
  return { layer, bias: Float32Array.from(bias) };
}
