import type { Shape } from "./dim.ts";
import { type Dim, product } from "./dim.ts";
import { axisOf, type Call, each, integersAt, type Op } from "./op.ts";

/** The axes an op runs over; null where only a run knows them. Empty lists mean all, unless told that they mean none. */
function reducedAxes(call: Call): number[] | null {
  const rank = call.input(0).shape.length;
  const given = integersAt(call, "axes", 1);
  if (!given && call.inputs[1]) return null;
  if (given && given.length > 0) return given.map((axis) => axisOf(call, axis, rank));
  return call.int("noop_with_empty_axes") === 1 ? [] : [...Array(rank).keys()];
}

function reduceShape(call: Call): Shape | null {
  const { shape } = call.input(0);
  const axes = reducedAxes(call);
  const keep = call.int("keepdims") === 1;
  if (!axes) return keep ? shape.map((_, axis) => call.unknown(axis)) : null;
  return without(shape, axes, keep);
}

function without(shape: Shape, axes: readonly number[], keep: boolean): Shape {
  return keep
    ? shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim))
    : shape.filter((_, axis) => !axes.includes(axis));
}

const reduction: Op = {
  inputs: [1, 2],
  outputs: [1, 1],
  // The axes became an input with opset 13 (ReduceSum) and 18 (the others).
  attributes: { axes: null, keepdims: 1, noop_with_empty_axes: 0 },
  shapes: (call) => [reduceShape(call)],
};

const argOf: Op = {
  inputs: [1, 1],
  outputs: [1, 1],
  attributes: { axis: 0, keepdims: 1, select_last_index: 0 },
  shapes(call) {
    const { shape } = call.input(0);
    return [without(shape, [axisOf(call, call.int("axis"), shape.length)], call.int("keepdims") === 1)];
  },
  dtypes: ["int64"],
};

/** The product of a whole list: how sizes are counted in exported graphs. */
function productOfAll(call: Call, output: Shape): readonly Dim[] | null {
  const { values } = call.input(0);
  return values && output.every((dim) => dim === 1) ? [product(values)] : null;
}

export const reduce: Readonly<Record<string, Op>> = {
  ...each(
    [
      "ReduceL1",
      "ReduceL2",
      "ReduceLogSum",
      "ReduceLogSumExp",
      "ReduceMax",
      "ReduceMean",
      "ReduceMin",
      "ReduceSum",
      "ReduceSumSquare",
    ],
    reduction,
  ),
  ReduceProd: { ...reduction, values: productOfAll },
  ...each(["ArgMax", "ArgMin"], argOf),
  // The k largest along an axis, and where they were.
  TopK: {
    inputs: [1, 2],
    outputs: [2, 2],
    attributes: { axis: -1, k: null, largest: 1, sorted: 1 },
    shapes(call) {
      const { shape } = call.input(0);
      const axis = axisOf(call, call.int("axis"), shape.length);
      const k: Dim = call.inputs[1]?.values?.[0] ?? (call.has("k") ? call.int("k") : call.unknown(axis));
      const best = shape.map((dim, i) => (i === axis ? k : dim));
      return [best, best];
    },
    dtypes: [0, "int64"],
  },
  CumSum: {
    inputs: [2, 2],
    outputs: [1, 1],
    attributes: { exclusive: 0, reverse: 0 },
    shapes: (call) => [call.input(0).shape],
  },
};
