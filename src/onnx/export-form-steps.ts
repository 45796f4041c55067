import { integersOf, intOf, intsOf } from "./read.ts";
import { DataType, type NodeProto, type TensorProto } from "./schema.ts";

/** What a chain of nodes at the front of a graph has done so far: y[c] = (x[order[c]] − mean[c]) / scale[c]. */
export type Fed = {
  readonly order: readonly number[];
  readonly mean: readonly number[];
  readonly scale: readonly number[];
  /** Where the channels are by now. */
  readonly axis: 1 | 3;
  readonly interleavedToPlanar: boolean;
  readonly dtype: DataType;
};

export type Constants = (name: string | undefined) => TensorProto | undefined;

/**
 * What the chain has done after one node more; null where the node does anything else than is known here.
 *
 * @param value the node's input that the chain has made.
 */
type Step = (fed: Fed, node: NodeProto, constants: Constants, value: string) => Fed | null;

/** Nodes of one input and one output, by operator. */
export const steps: Readonly<Record<string, Step>> = {
  Identity: (fed) => fed,
  // To float32 from bytes; a network that wants another type keeps its Cast.
  Cast: (fed, node) =>
    intOf(node, "to", 0) === DataType.FLOAT && [DataType.UINT8, DataType.FLOAT].includes(fed.dtype)
      ? { ...fed, dtype: DataType.FLOAT }
      : null,
  Transpose: (fed, node) =>
    fed.axis === 3 && intsOf(node, "perm")?.join() === "0,3,1,2"
      ? { ...fed, axis: 1, interleavedToPlanar: true }
      : null,
  Gather(fed, node, constants, value) {
    const indices = constants(node.input[1]);
    const channels = fed.order.length;
    const axis = intOf(node, "axis", 0);
    if (node.input[0] !== value || indices?.dims.length !== 1 || (axis + 4) % 4 !== fed.axis) return null;
    return reordered(fed, integersOf(indices)?.map((i) => (i < 0 ? i + channels : i)) ?? []);
  },
  // (x − m)/s − b = (x − (m + b·s))/s
  Sub: (fed, node, constants, value) =>
    node.input[0] === value ? shifted(fed, operand(fed, node, constants, value), 1) : null,
  Add: (fed, node, constants, value) => shifted(fed, operand(fed, node, constants, value), -1),
  Div: (fed, node, constants, value) =>
    node.input[0] === value ? scaled(fed, operand(fed, node, constants, value)) : null,
  Mul: (fed, node, constants, value) => scaled(fed, operand(fed, node, constants, value)?.map(reciprocal)),
};

/** The channels in another order: exchanged end for end, or as they were; any other is none that we know. */
export function reordered(fed: Fed, order: readonly number[]): Fed | null {
  if (order.length !== fed.order.length) return null;
  const isKnown = order.every((from, i) => from === i) || order.every((from, i) => from === order.length - 1 - i);
  const pick = (values: readonly number[]): number[] => order.map((from) => values[from]!);
  return isKnown ? { ...fed, order: pick(fed.order), mean: pick(fed.mean), scale: pick(fed.scale) } : null;
}

function shifted(fed: Fed, by: readonly number[] | undefined, sign: 1 | -1): Fed | null {
  return by ? { ...fed, mean: fed.mean.map((m, c) => m + sign * by[c]! * fed.scale[c]!) } : null;
}

function scaled(fed: Fed, by: readonly number[] | undefined): Fed | null {
  return by?.every((s) => s !== 0 && Number.isFinite(s))
    ? { ...fed, scale: fed.scale.map((s, c) => s * by[c]!) }
    : null;
}

/** The constant that a node combines the value with: one number a channel; undefined where it is anything else. */
function operand(fed: Fed, { input }: NodeProto, constants: Constants, value: string): number[] | undefined {
  const [a, b] = input;
  if (fed.dtype !== DataType.FLOAT || input.length !== 2 || a === b) return undefined;
  const tensor = constants(a === value ? b : a);
  const values = tensor && floatsOf(tensor);
  if (!tensor || !values) return undefined;
  const channels = fed.order.length;
  if (values.length === 1) return Array.from({ length: channels }, () => values[0]!);
  // Shapes are compared from the last axis on.
  const dims = [...Array.from({ length: 4 - tensor.dims.length }, () => 1n), ...tensor.dims];
  const fits = dims.every((dim, axis) => Number(dim) === (axis === fed.axis ? channels : 1));
  return fits && values.length === channels ? values : undefined;
}

/** A few float32 numbers; more than the channels of an image are no preprocessing. */
function floatsOf({ dataType, dims, rawData, floatData }: TensorProto): number[] | null {
  const size = dims.reduce((product, dim) => product * Number(dim), 1);
  if (dataType !== DataType.FLOAT || dims.length > 4 || size < 1 || size > 3) return null;
  if (rawData.length > 0 && rawData.length !== 4 * size) return null;
  const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength);
  const values = rawData.length > 0 ? Array.from({ length: size }, (_, i) => view.getFloat32(4 * i, true)) : floatData;
  return values.length === size && values.every(Number.isFinite) ? values.map(shortest) : null;
}

/** The shortest decimal that is this float32: 123.675, not 123.67500305175781. */
function shortest(value: number): number {
  return fewestDigits(value, (decimal) => Math.fround(decimal) === Math.fround(value));
}

/** What to divide by instead of multiplying: 127.5 for the float32 nearest to 1/127.5, and exactly 1/255 for 255. */
function reciprocal(factor: number): number {
  const divisor = fewestDigits(1 / factor, (decimal) => Math.fround(1 / decimal) === Math.fround(factor));
  return `${divisor}`.length < `${factor}`.length ? divisor : 1 / factor;
}

function fewestDigits(value: number, isIt: (decimal: number) => boolean): number {
  for (let digits = 1; digits < 9; digits++) {
    const decimal = Number(value.toPrecision(digits));
    if (isIt(decimal)) return decimal;
  }
  return value;
}
