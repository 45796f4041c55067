import { makeNode } from "../build.ts";
import { deadNodes } from "../optimize/dead-nodes.ts";
import { floatsOf } from "../optimize/floats.ts";
import { type GraphIndex, indexGraph, isOp } from "../optimize/graph-index.ts";
import { change, type ModelProto, type NodeProto } from "../schema.ts";
import { affineOf, leastScales, quantize8, quantizeBias, quantizeWeights, type Range } from "./affine.ts";
import { isPassing, type QuantLayer, quantLayers, rowsOf, wantedValues } from "./parts.ts";
import { Writer } from "./writer.ts";

export type QuantizeGraphOptions = {
  /** Of every value that may be stored in 8 bits: see rangedValues. */
  readonly ranges: ReadonlyMap<string, Range>;
  /** Layers that stay in float, by their outputs' names. */
  readonly stays?: ReadonlySet<string>;
  /** What to add to layers' biases: see biasCorrection. */
  readonly corrections?: ReadonlyMap<string, Float32Array>;
  /** Store weights in 7 bits, for processors without 8-bit dot products. Default false. */
  readonly reduceRange?: boolean;
};

/**
 * A graph whose layers compute in 8 bits, in ONNX's own words: what a layer reads and makes goes through QuantizeLinear and
 * DequantizeLinear, out of which ONNX Runtime makes integer kernels. Activations are uint8, one scale a value; weights int8, one
 * scale an output channel.
 *
 * Relu and Clip at 0 are done by storing; PRelu of slopes up to 1 is max(x, slope·x) of what is stored; sums of two
 * stored values are stored. All else stays in float, with conversions where it begins and ends.
 *
 * @param model as readyToQuantize answers it.
 * @throws {ArcfaceError} INVALID_ARGUMENT where a range is missing.
 */
export function quantizeGraph(model: ModelProto, options: QuantizeGraphOptions): ModelProto {
  const graph = model.graph!;
  const index = indexGraph(graph);
  const layers = quantLayers(graph, index);
  const { ranges, stays = new Set<string>() } = options;
  const wanted = wantedValues(graph, layers, stays);
  const done = new Set([...layers.values()].flatMap(({ name, clip }) => (clip && !stays.has(name) ? [clip.node] : [])));
  const out = new Writer(ranges);

  for (const node of graph.node) {
    const y = node.output[0]!;
    const layer = layers.get(y);
    if (done.has(node)) continue;
    if (layer && !stays.has(y)) writeLayer(out, layer, isLast(layer), options);
    else if (isOp(node, "PRelu") && out.isStored(node.input[0]!) && wanted.has(y) && gentle(index, node))
      writePrelu(out, index, node);
    else if (isOp(node, "Add") && node.input.every((name) => out.isStored(name))) {
      out.store(
        makeNode(
          "Add",
          node.input.map((name) => out.read(name)),
          [out.real(y)],
        ),
        y,
        out.scaleOf(y),
      );
    } else if (isPassing(node) && out.isStored(node.input[0]!) && wanted.has(y)) {
      const scale = out.scaleOf(node.input[0]!);
      out.store(
        change(node, { input: [out.read(node.input[0]!), ...node.input.slice(1)], output: [out.real(y)] }),
        y,
        scale,
      );
    } else {
      for (const name of node.input) out.asFloat(name);
      out.nodes.push(node);
    }
  }
  for (const { name } of graph.output) out.asFloat(name);
  const quantised = change(graph, {
    node: out.nodes.map((node) => change(node, { name: node.output[0]! })),
    initializer: [...graph.initializer, ...out.constants],
    valueInfo: [],
  });
  return deadNodes(change(model, { graph: quantised, producerName: "arcface" }));

  /** A fully-connected layer may answer floats; a convolution's are made of integers only where those are stored. */
  function isLast({ node, output }: QuantLayer): boolean {
    return isOp(node, "Gemm") && !wanted.has(output);
  }
}

/** Slopes that make PRelu the larger of x and slope · x. */
function gentle(index: GraphIndex, node: NodeProto): boolean {
  return floatsOf(index.constants.get(node.input[1]!))?.every((slope) => slope <= 1) ?? false;
}

function writeLayer(out: Writer, layer: QuantLayer, answersFloats: boolean, options: QuantizeGraphOptions): void {
  const { node, name, output, dims, clip } = layer;
  const { corrections, reduceRange = false } = options;
  out.asStored(layer.input);
  const input = out.scaleOf(layer.input);
  const extra = corrections?.get(name);
  const bias = extra ? layer.bias.map((b, c) => b + extra[c]!) : layer.bias;
  const { weights, scales } = quantizeWeights(
    rowsOf(layer).rows,
    leastScales(bias, input.scale),
    reduceRange ? 63 : 127,
  );
  const biasScales = scales.map((scale) => scale * input.scale);
  const shape = isOp(node, "Gemm") ? [layer.outputs, layer.inputs] : dims;
  const w = out.perChannel(`${name}:weights`, shape, weights, scales);
  const b = out.perChannel(`${name}:bias`, [bias.length], quantizeBias(bias, biasScales), biasScales);
  const attribute = isOp(node, "Gemm") ? makeNode("Gemm", [], [], { transB: 1 }).attribute : node.attribute;
  const real = answersFloats ? name : out.real(name);
  const computed = change(node, { input: [out.read(layer.input), w, b], output: [real], attribute });
  if (answersFloats) {
    out.nodes.push(computed);
    // Its Relu was to be done by storing.
    if (clip) out.nodes.push(clip.node);
    out.isFloat(clip ? output : name);
    return;
  }
  out.store(
    computed,
    output,
    clip ? affineOf({ low: 0, high: Math.min(clip.high, out.rangeOf(output).high) }) : out.scaleOf(output),
  );
}

/** Both are stored by one scale, so that the larger number stands for the larger value. */
function writePrelu(out: Writer, index: GraphIndex, node: NodeProto): void {
  const [x, y] = [node.input[0]!, node.output[0]!];
  const tensor = index.constants.get(node.input[1]!)!;
  const slopes = floatsOf(tensor)!;
  const scale = out.scaleOf(x);
  const slopeScale = affineOf({
    low: slopes.reduce((a, b) => Math.min(a, b)),
    high: slopes.reduce((a, b) => Math.max(a, b)),
  });
  const stored = Uint8Array.from(slopes, (slope) => quantize8(slope, slopeScale));
  const slope = out.constant(`${y}:slopes`, tensor.dims.map(Number), stored);
  const product = `${y}:product`;
  out.nodes.push(makeNode("Mul", [out.read(x), out.dequantize(slope, slopeScale)], [out.real(product)]));
  out.nodes.push(makeNode("QuantizeLinear", [out.real(product), ...out.affine(scale)], [product]));
  out.nodes.push(makeNode("Max", [out.stored(x), product], [out.stored(y)]));
  out.keep(y, scale);
}
