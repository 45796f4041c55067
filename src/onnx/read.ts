import { type AttributeProto, DataType, type NodeProto, type TensorProto, type ValueInfoProto } from "./schema.ts";

const find = (node: NodeProto, name: string): AttributeProto | undefined =>
  node.attribute.find((attribute) => attribute.name === name);

/** An integer attribute of a node. */
export function intOf(node: NodeProto, name: string, absent: number): number {
  const attribute = find(node, name);
  return attribute ? Number(attribute.i) : absent;
}

/** A list of integers among a node's attributes; null where it is absent. */
export function intsOf(node: NodeProto, name: string): number[] | null {
  return find(node, name)?.ints.map(Number) ?? null;
}

/** The values of an int64 or int32 constant; null where it is of another type or kept elsewhere. */
export function integersOf({ dataType, rawData, int64Data, int32Data }: TensorProto): number[] | null {
  if (dataType !== DataType.INT64 && dataType !== DataType.INT32) return null;
  if (rawData.length === 0) return dataType === DataType.INT64 ? int64Data.map(Number) : [...int32Data];
  const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength);
  return dataType === DataType.INT64
    ? Array.from({ length: rawData.length / 8 }, (_, i) => Number(view.getBigInt64(8 * i, true)))
    : Array.from({ length: rawData.length / 4 }, (_, i) => view.getInt32(4 * i, true));
}

/** Element type and dimensions; a dimension that may vary is its name or −1. Null where it is no tensor. */
export function tensorTypeOf({ type }: ValueInfoProto): { elemType: DataType; shape: (number | string)[] } | null {
  if (type?.value.case !== "tensorType") return null;
  const { elemType, shape } = type.value.value;
  const dims = shape?.dim.map(({ value }) => {
    if (value.case === "dimValue") return Number(value.value);
    return value.case === "dimParam" && value.value !== "" ? value.value : -1;
  });
  return { elemType, shape: dims ?? [] };
}
