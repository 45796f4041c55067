import { ArcfaceError } from "../../errors.ts";
import { sizeOf } from "../../tensor/tensor.ts";
import { makeNode } from "../build.ts";
import { createTensor, DataType, type NodeProto, type TensorProto } from "../schema.ts";
import { type Affine8, affineOf, type Range } from "./affine.ts";

type Stored = Int8Array | Uint8Array | Int32Array | Float32Array;

const TYPES = new Map<unknown, DataType>([
  [Int8Array, DataType.INT8],
  [Uint8Array, DataType.UINT8],
  [Int32Array, DataType.INT32],
  [Float32Array, DataType.FLOAT],
]);

/** The new graph while it grows: which values are stored in 8 bits and by what scale, which are there as floats. */
export class Writer {
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
    const zeros = data instanceof Int8Array ? new Int8Array(scales.length) : new Int32Array(scales.length);
    const inputs = [this.constant(name, dims, data), this.constant(`${name}:scales`, [scales.length], scales)];
    // ONNX Runtime 1.30 makes no integers of a fully-connected layer whose zero points go unsaid.
    if (dims.length < 4) inputs.push(this.constant(`${name}:zeros`, [scales.length], zeros));
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
