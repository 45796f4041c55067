import type { Attribute } from "../build.ts";
import { define } from "./define.ts";
import type { ImportGraph } from "./graph.ts";
import { permutationTo, transpose } from "./layout.ts";
import type { TfliteOperator } from "./model.ts";
import type { FlatTable } from "./reader.ts";

type Attributes = Readonly<Record<string, Attribute>>;

type Window = {
  /** `SAME` (0) or `VALID` (1). */
  readonly padding: number;
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
};

/**
 * SAME: as many outputs as ⌈input / stride⌉; an odd pad is larger at the end. Where the input's size may change,
 * so does the pad, unless the stride is 1.
 */
function padAttributes(g: ImportGraph, input: number, { padding, kernel, strides, dilations }: Window): Attributes {
  if (padding === 1) return { pads: [0, 0, 0, 0] };
  if (g.resizable && strides.some((stride) => stride !== 1)) return { auto_pad: "SAME_UPPER" };
  const size = g.tensor(input).shape.slice(1, 3);
  const totals = size.map((s, i) => {
    const span = (kernel[i]! - 1) * dilations[i]! + 1;
    return Math.max((Math.ceil(s / strides[i]!) - 1) * strides[i]! + span - s, 0);
  });
  const begins = totals.map((total) => Math.floor(total / 2));
  return { pads: [...begins, ...totals.map((total, i) => total - begins[i]!)] };
}

/** Filters are OHWI; fewer filter channels than the input has make groups. */
export function conv(g: ImportGraph, { inputs: [x, w, b], outputs: [y] }: TfliteOperator, o: FlatTable | null): void {
  const filter = rank4(g, w!);
  const group = g.tensor(x!).shape[3]! / filter.shape[3]!;
  const dilations = [o?.int32(5, 1) ?? 1, o?.int32(4, 1) ?? 1];
  convolve(g, [x!, b], y!, o, { filter, permutation: permutationTo("nchw"), group, dilations, fused: o?.int8(3) ?? 0 });
}

/** Filters are 1HWO with O = channels · multiplier; channel c makes outputs c·multiplier and on, as in ONNX. */
export function depthwiseConv(
  g: ImportGraph,
  { inputs: [x, w, b], outputs: [y] }: TfliteOperator,
  o: FlatTable | null,
): void {
  const filter = rank4(g, w!);
  const group = g.tensor(x!).shape[3]!;
  const dilations = [o?.int32(6, 1) ?? 1, o?.int32(5, 1) ?? 1];
  convolve(g, [x!, b], y!, o, { filter, permutation: [3, 0, 1, 2], group, dilations, fused: o?.int8(4) ?? 0 });
}

type Convolution = {
  readonly filter: ReturnType<typeof rank4>;
  /** From the file's order to ONNX's output, input / group, height, width. */
  readonly permutation: readonly number[];
  readonly group: number;
  readonly dilations: readonly number[];
  readonly fused: number;
};

function convolve(
  g: ImportGraph,
  [x, bias]: readonly [number, number | undefined],
  y: number,
  o: FlatTable | null,
  { filter, permutation, group, dilations, fused }: Convolution,
): void {
  const { name, shape, data } = filter;
  if (!Number.isInteger(group) || group < 1) {
    throw g.unsupported(`filter ${name} [${shape}] does not fit ${g.tensor(x).shape[3]} channels`);
  }
  const kernel = shape.slice(1, 3);
  const strides = positive(g, [o?.int32(2) ?? 1, o?.int32(1) ?? 1], "strides");
  positive(g, dilations, "dilations");
  const pads = padAttributes(g, x, { padding: o?.int8(0) ?? 0, kernel, strides, dilations });
  const weights = g.addWeights(
    `${g.tensor(y).name}:filter`,
    permutation.map((axis) => shape[axis]!),
    transpose(data, shape, permutation),
  );
  const inputs = [g.value(x, "nchw"), weights];
  if (bias !== undefined && bias >= 0) inputs.push(g.value(bias, "plain"));
  define(g, y, "nchw", fused, "Conv", inputs, { kernel_shape: kernel, strides, dilations, group, ...pads });
}

function rank4(g: ImportGraph, index: number) {
  const { shape, data } = g.weights(index);
  const { name } = g.tensor(index);
  if (shape.length !== 4) throw g.unsupported(`filter ${name}: expected rank 4, got [${shape}]`);
  return { name, shape, data };
}

function positive(g: ImportGraph, values: readonly number[], what: string): readonly number[] {
  if (values.some((value) => value < 1)) throw g.unsupported(`${what} of ${values} are not positive`);
  return values;
}

/** Pads do not count in the average. */
export function pool(
  op: "AveragePool" | "MaxPool",
): (g: ImportGraph, operator: TfliteOperator, o: FlatTable | null) => void {
  return (g, { inputs: [x], outputs: [y] }, o) => {
    const kernel = positive(g, [o?.int32(4) ?? 1, o?.int32(3) ?? 1], "pool sizes");
    const strides = positive(g, [o?.int32(2) ?? 1, o?.int32(1) ?? 1], "strides");
    const pads = padAttributes(g, x!, { padding: o?.int8(0) ?? 0, kernel, strides, dilations: [1, 1] });
    define(g, y!, "nchw", o?.int8(5) ?? 0, op, [g.value(x!, "nchw")], { kernel_shape: kernel, strides, ...pads });
  };
}
