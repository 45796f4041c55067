import { ArcfaceError } from "../../errors.ts";
import { sizeOf } from "../../tensor/tensor.ts";
import { makeNode } from "../build.ts";
import { deadNodes } from "../optimize/dead-nodes.ts";
import { floatsOf } from "../optimize/floats.ts";
import { type GraphIndex, indexGraph, isOp } from "../optimize/graph-index.ts";
import { change, createTensor, DataType, type ModelProto, type NodeProto, type TensorProto } from "../schema.ts";
import { type Affine8, affineOf, leastScales, quantize8, quantizeBias, quantizeWeights, type Range } from "./affine.ts";
import { isPassing, type QuantLayer, quantLayers, rowsOf, wantedValues } from "./parts.ts";

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

type Stored = Int8Array | Uint8Array | Int32Array | Float32Array;

const TYPES = new Map<unknown, DataType>([
  [Int8Array, DataType.INT8],
  [Uint8Array, DataType.UINT8],
  [Int32Array, DataType.INT32],
  [Float32Array, DataType.FLOAT],
]);

/** The new graph while it grows: which values are stored in 8 bits and by what scale, which are there as floats. */
class Writer {
  readonly nodes: NodeProto[] = [];
  readonly constants: TensorProto[] = [];
  readonly #ranges: ReadonlyMap<string, Range>;
  readonly #scales = new Map<string, Affine8>();
  /** Stored values that are there as floats, too. */
  readonly #floats = new Set<string>();
  readonly #affines = new Map<string, [string, string]>();
  #reads = 0;

  constructor(ranges: ReadonlyMap<string, Range>) {
    this.#ranges = ranges;
  }

  stored = (name: string): string => `${name}:uint8`;
  real = (name: string): string => `${name}:real`;
  isStored = (name: string): boolean => this.#scales.has(name);
  isFloat = (name: string): unknown => this.#floats.add(name);

  rangeOf(name: string): Range {
    const range = this.#ranges.get(name);
    if (range) return range;
    throw new ArcfaceError("INVALID_ARGUMENT", `quantise: expected a range for ${name}, got none`);
  }

  /** As it is stored, or is to be. */
  scaleOf(name: string): Affine8 {
    return this.#scales.get(name) ?? affineOf(this.rangeOf(name));
  }

  keep(name: string, scale: Affine8): void {
    this.#scales.set(name, scale);
  }

  /** A node that makes `real(name)`, which is then stored. */
  store(node: NodeProto, name: string, scale: Affine8): void {
    this.nodes.push(node);
    this.nodes.push(makeNode("QuantizeLinear", [node.output[0]!, ...this.affine(scale)], [this.stored(name)]));
    this.keep(name, scale);
  }

  /** See to it that a value is stored. */
  asStored(name: string): void {
    if (this.isStored(name)) return;
    const scale = this.scaleOf(name);
    this.nodes.push(makeNode("QuantizeLinear", [name, ...this.affine(scale)], [this.stored(name)]));
    this.keep(name, scale);
    this.#floats.add(name);
  }

  /** See to it that a value is there as floats, under its own name. */
  asFloat(name: string): void {
    const scale = this.#scales.get(name);
    if (!scale || this.#floats.has(name)) return;
    this.nodes.push(makeNode("DequantizeLinear", [this.stored(name), ...this.affine(scale)], [name]));
    this.#floats.add(name);
  }

  /** What was stored, as one node reads it: the runtime fuses a conversion with the only node that reads it. */
  read(name: string): string {
    return this.dequantize(this.stored(name), this.scaleOf(name));
  }

  dequantize(stored: string, scale: Affine8): string {
    const made = `${stored}:${this.#reads++}`;
    this.nodes.push(makeNode("DequantizeLinear", [stored, ...this.affine(scale)], [made]));
    return made;
  }

  affine({ scale, zeroPoint }: Affine8): [scale: string, zeroPoint: string] {
    const key = `${scale}:${zeroPoint}`;
    const known = this.#affines.get(key);
    if (known) return known;
    const made: [string, string] = [
      this.constant(`scale:${key}`, [], Float32Array.of(scale)),
      this.constant(`zero:${key}`, [], Uint8Array.of(zeroPoint)),
    ];
    this.#affines.set(key, made);
    return made;
  }

  /** A constant with a scale for each number along its first axis. */
  perChannel(name: string, dims: readonly number[], data: Int8Array | Int32Array, scales: Float32Array): string {
    // No zero points: they are 0.
    const inputs = [this.constant(name, dims, data), this.constant(`${name}:scales`, [scales.length], scales)];
    const made = `${name}:real`;
    this.nodes.push(makeNode("DequantizeLinear", inputs, [made], { axis: 0 }));
    return made;
  }

  constant(name: string, dims: readonly number[], data: Stored): string {
    if (data.length !== sizeOf(dims)) throw new RangeError(`${name}: ${data.length} values for [${dims}]`);
    const rawData = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
    this.constants.push(
      createTensor({ name, dims: dims.map(BigInt), dataType: TYPES.get(data.constructor)!, rawData }),
    );
    return name;
  }
}
