import type { Attribute } from "../build.ts";
import { differ, type Shape } from "./dim.ts";
import { axisOf, type Call, type Op, printShape } from "./op.ts";

const epsilon: Attribute = { float: 1e-5 };

/** Vectors that have a number a channel: inputs from `first` on. */
function checkPerChannel(call: Call, first: number): void {
  const { shape } = call.input(0);
  const channels = shape[1] ?? 1;
  for (const input of call.inputs.slice(first)) {
    if (!input || (input.shape.length === 1 && !differ(input.shape[0]!, channels))) continue;
    throw call.mismatch(`a number for each of ${channels} channels of ${printShape(shape)}`, printShape(input.shape));
  }
}

function batchNormShapes(call: Call): Shape[] {
  checkPerChannel(call, 1);
  const perChannel = call.input(1).shape;
  return [call.input(0).shape, perChannel, perChannel, perChannel, perChannel];
}

function layerNormShapes(call: Call): Shape[] {
  const { shape } = call.input(0);
  const axis = axisOf(call, call.int("axis"), shape.length);
  const moments = shape.map((dim, i) => (i < axis ? dim : 1));
  return [shape, moments, moments];
}

export const normalise: Readonly<Record<string, Op>> = {
  // y = scale · (x − mean) / √(var + ε) + shift, a number of each a channel; inputs x, scale, shift, mean, var
  BatchNormalization: {
    inputs: [5, 5],
    outputs: [1, 5],
    attributes: { epsilon, momentum: { float: 0.9 }, training_mode: 0, spatial: 1 },
    shapes: batchNormShapes,
    dtypes: [0, 3, 4, 3, 4],
    weights: [1, 2],
    statistics: [3, 4],
  },
  InstanceNormalization: {
    inputs: [3, 3],
    outputs: [1, 1],
    attributes: { epsilon },
    shapes(call) {
      checkPerChannel(call, 1);
      return [call.input(0).shape];
    },
    weights: [1, 2],
  },
  // Over all axes from `axis` on; the other outputs are the mean and 1 / deviation, in float32.
  LayerNormalization: {
    inputs: [2, 3],
    outputs: [1, 3],
    attributes: { axis: -1, epsilon, stash_type: 1 },
    shapes: layerNormShapes,
    dtypes: [0, "float32", "float32"],
    weights: [1, 2],
  },
  LRN: {
    inputs: [1, 1],
    outputs: [1, 1],
    attributes: { alpha: { float: 1e-4 }, beta: { float: 0.75 }, bias: { float: 1 }, size: null },
    shapes: (call) => [call.input(0).shape],
  },
  LpNormalization: {
    inputs: [1, 1],
    outputs: [1, 1],
    attributes: { axis: -1, p: 2 },
    shapes: (call) => [call.input(0).shape],
  },
};
