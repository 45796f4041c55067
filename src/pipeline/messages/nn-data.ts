import { ArcfaceError } from "../../errors.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { Buffer, type Stamps } from "./buffer.ts";
import type { ImgTransformation } from "./img-transformation.ts";
import { encodeTensor, readTensor } from "./tensor-bytes.ts";
import { type StorageOrder, type TensorDataType, TensorInfo } from "./tensor-info.ts";

/** Where each layer begins in the data: at multiples of this. */
const ALIGNMENT = 64;

export type NNDataOptions = {
  readonly data?: Uint8Array;
  readonly tensors?: readonly TensorInfo[];
  /** How many of what went in these are the answers of. */
  readonly batchSize?: number;
  readonly transformation?: ImgTransformation | null;
};

/** What a network takes or gives: named layers in one piece of memory. */
export class NNData extends Buffer {
  batchSize: number;
  #transformation: ImgTransformation | null;
  readonly #layers = new Map<string, TensorInfo>();
  /** The memory that the data begin, where there is room behind them. */
  #memory: ArrayBuffer | null = null;

  constructor(
    { data = new Uint8Array(), tensors = [], batchSize = 1, transformation = null }: NNDataOptions = {},
    stamps: Stamps = {},
  ) {
    super(data, stamps);
    this.batchSize = batchSize;
    this.#transformation = transformation;
    for (const info of tensors) this.#layers.set(info.name, info);
  }

  getAllLayerNames(): string[] {
    return [...this.#layers.keys()];
  }

  getAllLayers(): TensorInfo[] {
    return [...this.#layers.values()];
  }

  hasLayer(name: string): boolean {
    return this.#layers.has(name);
  }

  /** `null` where there is no layer of that name. */
  getTensorInfo(name: string): TensorInfo | null {
    return this.#layers.get(name) ?? null;
  }

  /** @throws {ArcfaceError} NOT_FOUND where there is no layer of that name. */
  getTensorDatatype(name: string): TensorDataType {
    return this.#layer(name).dataType;
  }

  /** As getTensorDatatype. */
  getLayerDatatype(name: string): TensorDataType {
    return this.getTensorDatatype(name);
  }

  /**
   * A copy of a layer's values: float32; of FP64 float64; of U8F, I8 and INT int32 unless dequantised. The axes come in
   * the layer's own order, or in `storageOrder`.
   *
   * @param dequantize give (value − qpZp)·qpScale.
   * @throws {ArcfaceError} NOT_FOUND where there is no layer of that name; as readTensor.
   */
  getTensor(name: string, dequantize?: boolean): Tensor;
  getTensor(name: string, storageOrder: StorageOrder, dequantize?: boolean): Tensor;
  getTensor(name: string, second?: StorageOrder | boolean, third = false): Tensor {
    const info = this.#layer(name);
    const [order, dequantize] = typeof second === "string" ? [second, third] : [info.order, second ?? false];
    return readTensor(this.getData(), info, order, dequantize);
  }

  /** The layer that was added first, as getTensor. @throws {ArcfaceError} NOT_FOUND where there is none. */
  getFirstTensor(dequantize = false): Tensor {
    const [name] = this.#layers.keys();
    if (name === undefined) throw new ArcfaceError("NOT_FOUND", "NNData: expected a layer, the message has none");
    return this.getTensor(name, dequantize);
  }

  /**
   * Copy a tensor in. float16, float32, float64, int8, uint8 and int32 stay what they are; other whole numbers become
   * INT. A layer that has the name already gives it up.
   *
   * @param values a list of numbers becomes float32 of one axis.
   * @param order default: of 1 axis C, 2 NC, 3 CHW, 4 NCHW.
   * @throws {ArcfaceError} INVALID_ARGUMENT of no or more than four axes, or whole numbers of more than 32 bits.
   */
  addTensor(name: string, values: Tensor | readonly number[] | Float32Array, order?: StorageOrder): this {
    const tensor = "dtype" in values ? values : toVector(values);
    const { type, bytes } = encodeTensor(tensor, name);
    const offset = Math.ceil(this.getData().length / ALIGNMENT) * ALIGNMENT;
    const info = new TensorInfo({ name, dataType: type, dims: tensor.shape, order, offset });
    this.#reserve(offset + bytes.length).set(bytes, offset);
    this.#layers.set(name, info);
    return this;
  }

  /** From the frame as it was captured to the frame that the network saw; `null` where none was. */
  getTransformation(): ImgTransformation | null {
    return this.#transformation;
  }

  setTransformation(transformation: ImgTransformation | null): this {
    this.#transformation = transformation;
    return this;
  }

  /** The data, grown to that length; twice the memory each time, so that many layers cost no more than few. */
  #reserve(length: number): Uint8Array {
    const data = this.getData();
    if (!this.#memory || data.buffer !== this.#memory || this.#memory.byteLength < length) {
      this.#memory = new ArrayBuffer(this.#memory ? 2 * length : length);
      new Uint8Array(this.#memory).set(data);
    }
    const grown = new Uint8Array(this.#memory, 0, length);
    this.setData(grown);
    return grown;
  }

  #layer(name: string): TensorInfo {
    const info = this.#layers.get(name);
    if (info) return info;
    const names = this.getAllLayerNames().join(", ") || "none";
    throw new ArcfaceError("NOT_FOUND", `NNData: expected a layer ${name}, the message has ${names}`);
  }
}

function toVector(values: readonly number[] | Float32Array): Tensor {
  const data = Float32Array.from(values);
  return { dtype: "float32", shape: [data.length], data };
}
