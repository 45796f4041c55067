import { expected } from "../../errors.ts";
import { sizeOf } from "../../tensor/tensor.ts";

/** What the axes of a tensor mean, outermost first. A code has a nibble an axis: N is 4, C 3, H 2, W 1. */
export const StorageOrder = {
  NHWC: 0x4213,
  NHCW: 0x4231,
  NCHW: 0x4321,
  HWC: 0x213,
  CHW: 0x321,
  WHC: 0x123,
  HCW: 0x231,
  WCH: 0x132,
  CWH: 0x312,
  NC: 0x43,
  CN: 0x34,
  C: 3,
  H: 2,
  W: 1,
} as const;

export type StorageOrder = keyof typeof StorageOrder;

/** What a tensor's bytes are, in DepthAI's numbers: U8F is unsigned, I8 signed, INT of 32 bits; little-endian all. */
export const TensorDataType = { FP16: 0, U8F: 1, INT: 2, FP32: 3, I8: 4, FP64: 5 } as const;

export type TensorDataType = keyof typeof TensorDataType;

const SIZES: Readonly<Record<TensorDataType, number>> = { FP16: 2, U8F: 1, INT: 4, FP32: 4, I8: 1, FP64: 8 };

export type TensorInfoOptions = {
  readonly name: string;
  readonly dataType: TensorDataType;
  readonly dims: readonly number[];
  /** Default: of 1 axis C, 2 NC, 3 CHW, 4 NCHW. */
  readonly order?: StorageOrder | undefined;
  /** Bytes from one index of an axis to the next. Default: rows without gaps. */
  readonly strides?: readonly number[] | undefined;
  /** Bytes from the start of the message's data. */
  readonly offset?: number;
  /** Is the value meant (value − qpZp)·qpScale? */
  readonly quantization?: boolean;
  readonly qpScale?: number;
  readonly qpZp?: number;
};

/** Where in an NNData a layer lies, and how its bytes are read. */
export class TensorInfo {
  static readonly StorageOrder = StorageOrder;
  static readonly DataType = TensorDataType;
  readonly name: string;
  readonly dataType: TensorDataType;
  readonly dims: readonly number[];
  readonly order: StorageOrder;
  readonly strides: readonly number[];
  readonly offset: number;
  readonly quantization: boolean;
  readonly qpScale: number;
  readonly qpZp: number;

  /** @throws {ArcfaceError} INVALID_ARGUMENT where dims, order and strides are not of one length from 1 to 4. */
  constructor({
    name,
    dataType,
    dims,
    order = defaultOrder(name, dims.length),
    strides = denseStrides(dims, SIZES[dataType]),
    offset = 0,
    quantization = false,
    qpScale = 1,
    qpZp = 0,
  }: TensorInfoOptions) {
    if (order.length !== dims.length || strides.length !== dims.length) {
      throw expected(
        `tensor ${name}`,
        `${dims.length} axes, as in [${dims.join(", ")}]`,
        `order ${order}, strides [${strides.join(", ")}]`,
      );
    }
    this.name = name;
    this.dataType = dataType;
    this.dims = dims;
    this.order = order;
    this.strides = strides;
    this.offset = offset;
    this.quantization = quantization;
    this.qpScale = qpScale;
    this.qpZp = qpZp;
  }

  get numDimensions(): number {
    return this.dims.length;
  }

  getDataTypeSize(): number {
    return SIZES[this.dataType];
  }

  /** Bytes from its first element to the end of its last. */
  getTensorSize(): number {
    if (sizeOf(this.dims) === 0) return 0;
    return this.dims.reduce((last, dim, axis) => last + (dim - 1) * this.strides[axis]!, this.getDataTypeSize());
  }

  /** Do its elements lie one after the other? */
  isDense(): boolean {
    const dense = denseStrides(this.dims, this.getDataTypeSize());
    return this.strides.every((stride, axis) => stride === dense[axis] || this.dims[axis] === 1);
  }
}

/** @throws {ArcfaceError} INVALID_ARGUMENT where there are none or more than four axes. */
function defaultOrder(name: string, axes: number): StorageOrder {
  const order = ([undefined, "C", "NC", "CHW", "NCHW"] as const)[axes];
  if (order) return order;
  throw expected(`tensor ${name}`, "1 to 4 axes", `${axes}`);
}

function denseStrides(dims: readonly number[], elementSize: number): number[] {
  return dims.map((_, axis) => elementSize * sizeOf(dims.slice(axis + 1)));
}
