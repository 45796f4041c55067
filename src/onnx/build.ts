import { sizeOf } from "../tensor/tensor.ts";
import {
  AttributeType,
  createAttribute,
  createModel,
  createNode,
  createTensor,
  createValueInfo,
  DataType,
  type ModelProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from "./schema.ts";

/** The first whose Resize takes axes and whose Reduce* all take their axes as an input. */
const OPSET = 18n;
const IR_VERSION = 8n;

/** A number array is a list of ints; wrap the rest: `{ float: 0.5 }`, `{ floats: [0.5, 1] }`, `{ tensor }`. */
export type Attribute =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly tensor: TensorProto };
export type Dims = readonly (number | string)[];

export function makeNode(
  opType: string,
  input: readonly string[],
  output: readonly string[],
  attributes: Readonly<Record<string, Attribute>> = {},
): NodeProto {
  return createNode({
    opType,
    name: output[0] ?? opType,
    input: [...input],
    output: [...output],
    attribute: Object.entries(attributes).map(([name, value]) => makeAttribute(name, value)),
  });
}

function makeAttribute(name: string, value: Attribute) {
  if (typeof value === "number") return createAttribute({ name, type: AttributeType.INT, i: BigInt(value) });
  if (typeof value === "string") {
    return createAttribute({ name, type: AttributeType.STRING, s: new TextEncoder().encode(value) });
  }
  if ("float" in value) return createAttribute({ name, type: AttributeType.FLOAT, f: value.float });
  if ("tensor" in value) return createAttribute({ name, type: AttributeType.TENSOR, t: value.tensor });
  if ("floats" in value) return createAttribute({ name, type: AttributeType.FLOATS, floats: [...value.floats] });
  return createAttribute({ name, type: AttributeType.INTS, ints: value.map(BigInt) });
}

/** A constant of the graph; floats as float32, integers as int64. The data are not copied. */
export function makeTensor(
  name: string,
  shape: readonly number[],
  data: Float32Array<ArrayBuffer> | readonly number[],
): TensorProto {
  const values = data instanceof Float32Array ? data : BigInt64Array.from(data, BigInt);
  if (values.length !== sizeOf(shape)) throw new RangeError(`${name}: ${values.length} values for [${shape}]`);
  return createTensor({
    name,
    dims: shape.map(BigInt),
    dataType: data instanceof Float32Array ? DataType.FLOAT : DataType.INT64,
    rawData: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
  });
}

/** An input or output of a graph; a string names a dimension that may vary. */
export function makeValueInfo(name: string, shape: Dims, elemType: DataType = DataType.FLOAT): ValueInfoProto {
  const dim = shape.map((size) => ({
    value:
      typeof size === "number"
        ? { case: "dimValue" as const, value: BigInt(size) }
        : { case: "dimParam" as const, value: size },
  }));
  return createValueInfo({ name, type: { value: { case: "tensorType", value: { elemType, shape: { dim } } } } });
}

export type GraphParts = {
  readonly name: string;
  readonly nodes: readonly NodeProto[];
  readonly inputs: readonly ValueInfoProto[];
  readonly outputs: readonly ValueInfoProto[];
  readonly initializers: readonly TensorProto[];
};

export function makeModel({ name, nodes, inputs, outputs, initializers }: GraphParts): ModelProto {
  return createModel({
    irVersion: IR_VERSION,
    producerName: "arcface",
    opsetImport: [{ domain: "", version: OPSET }],
    graph: {
      name,
      node: [...nodes],
      input: [...inputs],
      output: [...outputs],
      initializer: [...initializers],
    },
  });
}
