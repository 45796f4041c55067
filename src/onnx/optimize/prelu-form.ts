import { makeNode } from "../build.ts";
import { inferShapes } from "../infer.ts";
import type { ModelProto, NodeProto, TensorProto } from "../schema.ts";
import { floatsOf } from "./floats.ts";
import { indexGraph, isOp, soleReader } from "./graph-index.ts";
import { type Layer, layerOf } from "./layers.ts";
import { rewriteOf } from "./rewrite.ts";

/**
 * PRelu over an image as slope·x + (1 − slope)·Relu(x), in two depthwise 1×1 convolutions and a sum: what ONNX Runtime
 * computes within its blocked layout, where PRelu takes the image out of that layout and back. Equal up to rounding,
 * so it is not done in a graph that rounds to whole steps: those would turn a last bit into a step.
 *
 * Measured: docs/decisions/graph-passes.md.
 */
export function preluForm(model: ModelProto): ModelProto {
  const { graph } = model;
  if (!graph?.node.some((node) => isOp(node, "PRelu"))) return model;
  if (graph.node.some(({ opType }) => /QuantizeLinear$/.test(opType))) return model;
  const shapes = inferShapes(model, { onUnknown: () => {} });
  const { constants } = indexGraph(graph);
  const rewrite = rewriteOf(graph);
  for (const node of graph.node) {
    const shape = shapes.get(node.input[0] ?? "")?.shape;
    const channels = shape?.[1];
    if (!isOp(node, "PRelu") || shape?.length !== 4 || typeof channels !== "number") continue;
    const slopes = slopesOf(constants.get(node.input[1]!), channels);
    if (!slopes) continue;
    const [x, y] = [node.input[0]!, node.output[0]!];
    const [above, straight, bent] = ["above", "straight", "bent"].map((part) => rewrite.fresh(`${y}_${part}`));
    const times = (input: string, factor: Float32Array<ArrayBuffer>, output: string): NodeProto => {
      const w = rewrite.constant(`${output}_factor`, [channels, 1, 1, 1], factor);
      return makeNode("Conv", [input, w], [output], { kernel_shape: [1, 1], group: channels });
    };
    rewrite.replace(node, [
      makeNode("Relu", [x], [above!]),
      times(x, slopes, straight!),
      times(above!, rest(slopes), bent!),
      makeNode("Add", [straight!, bent!], [y]),
    ]);
  }
  return rewrite.done(model);
}

const rest = (slopes: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> => slopes.map((s) => 1 - s);

/** One number for all channels, or [channels, 1, 1]; null where the slopes are others. */
function slopesOf(tensor: TensorProto | undefined, channels: number): Float32Array<ArrayBuffer> | null {
  const values = floatsOf(tensor);
  if (values?.length === 1) return new Float32Array(channels).fill(values[0]!);
  return values?.length === channels && Number(tensor!.dims.at(-3)) === channels ? values : null;
}

/** One PRelu where `preluForm` spelt it out, so that other passes know it. */
export function preluBack(model: ModelProto): ModelProto {
  const { graph } = model;
  if (!graph) return model;
  const index = indexGraph(graph);
  const rewrite = rewriteOf(graph);
  /** The factors of a depthwise 1×1 convolution that only the sum reads. */
  const factorsOf = (name: string | undefined): Layer | null => {
    const maker = index.maker.get(name ?? "");
    const layer = maker && soleReader(index, name!) ? layerOf(maker, index.constants) : null;
    const depthwise = layer?.group === layer?.outputs && layer?.weights.length === layer?.outputs;
    return layer && depthwise && maker!.input.length === 2 ? layer : null;
  };
  for (const node of graph.node) {
    if (!isOp(node, "Add")) continue;
    const [straight, bent] = [factorsOf(node.input[0]), factorsOf(node.input[1])];
    const above = bent && index.maker.get(bent.node.input[0]!);
    const x = straight?.node.input[0];
    if (!straight || !bent || !above || !isOp(above, "Relu") || above.input[0] !== x) continue;
    const is = rest(straight.weights).every((value, c) => value === bent.weights[c]);
    if (!is || !soleReader(index, above.output[0]!)) continue;
    const y = node.output[0]!;
    const slopes = rewrite.constant(`${y}_slopes`, [straight.outputs, 1, 1], straight.weights);
    rewrite.replace(node, [makeNode("PRelu", [x!, slopes], [y])]);
    for (const gone of [straight.node, bent.node, above]) rewrite.replace(gone, []);
  }
  return rewrite.done(model);
}
