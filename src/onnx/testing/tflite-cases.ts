import { noise } from "../noise.ts";
import type { Field, OperatorSpec, TensorSpec, TfliteSpec } from "./tflite-builder.ts";

const size = (shape: readonly number[]) => shape.reduce((product, dim) => product * dim, 1);
const weights = (shape: readonly number[], seed: number): TensorSpec => ({ shape, data: noise(size(shape), seed) });
const integers = (...values: number[]): TensorSpec => ({
  shape: [values.length],
  type: 2,
  data: Int32Array.from(values),
});

const pads = (...values: number[]): TensorSpec => ({ ...integers(...values), shape: [values.length / 2, 2] });

/** One operator over tensor 0 and constants; the result is the last tensor. */
function one(
  code: number,
  input: readonly number[],
  output: readonly number[],
  { constants = [], options }: { constants?: TensorSpec[]; options?: OperatorSpec["options"] } = {},
): TfliteSpec {
  const last = constants.length + 1;
  const inputs = [0, ...constants.map((_, i) => i + 1)];
  const operator = { code, inputs, outputs: [last], ...(options && { options }) };
  return {
    tensors: [{ name: "x", shape: input }, ...constants, { name: "y", shape: output }],
    operators: [operator],
    inputs: [0],
    outputs: [last],
  };
}

const SAME = 0;
const VALID = 1;

function conv(
  input: readonly number[],
  padding: number,
  stride: number,
  kernel = 3,
  activation = 0,
  dilation = 1,
): TfliteSpec {
  const [, h = 0, w = 0, c = 0] = input;
  const span = (kernel - 1) * dilation + 1;
  const out = (s: number) => Math.ceil((padding === SAME ? s : s - span + 1) / stride);
  const constants = [weights([4, kernel, kernel, c], 1), weights([4], 2)];
  const fields: Field[] = [
    [0, "int8", padding],
    [1, "int32", stride],
    [2, "int32", stride],
    [3, "int8", activation],
    [4, "int32", dilation],
    [5, "int32", dilation],
  ];
  return one(3, input, [1, out(h), out(w), 4], { constants, options: [1, ...fields] });
}

function depthwise(channels: number, multiplier: number, stride: number): TfliteSpec {
  const [h, w] = [6, 5];
  const constants = [weights([1, 3, 3, channels * multiplier], 3), weights([channels * multiplier], 4)];
  const fields: Field[] = [
    [0, "int8", SAME],
    [1, "int32", stride],
    [2, "int32", stride],
    [3, "int32", multiplier],
    [4, "int8", 3],
    [5, "int32", 1],
    [6, "int32", 1],
  ];
  const output = [1, Math.ceil(h / stride), Math.ceil(w / stride), channels * multiplier];
  return one(4, [1, h, w, channels], output, { constants, options: [2, ...fields] });
}

function pool(code: number, height: number, width: number, kernel: number, stride: number): TfliteSpec {
  const fields: Field[] = [
    [0, "int8", SAME],
    [1, "int32", stride],
    [2, "int32", stride],
    [3, "int32", kernel],
    [4, "int32", kernel],
  ];
  return one(code, [1, height, width, 2], [1, Math.ceil(height / stride), Math.ceil(width / stride), 2], {
    options: [5, ...fields],
  });
}

function resize(to: readonly [number, number], alignCorners: number, halfPixel: number): TfliteSpec {
  return one(23, [1, 3, 4, 2], [1, ...to, 2], {
    constants: [integers(...to)],
    options: [15, [2, "int8", alignCorners], [3, "int8", halfPixel]],
  });
}

function reduce(code: number, axes: readonly number[], keep: number, output: readonly number[]): TfliteSpec {
  return one(code, [1, 3, 4, 2], output, { constants: [integers(...axes)], options: [27, [0, "int8", keep]] });
}

/** conv → reshape → fully connected: the flattened order must be the file's, NHWC. */
function flattened(): TfliteSpec {
  const first = conv([1, 4, 4, 2], SAME, 2, 3, 1);
  return {
    tensors: [
      ...first.tensors.slice(0, 3),
      { shape: [1, 2, 2, 4] },
      integers(1, 16),
      { shape: [1, 16] },
      weights([3, 16], 7),
      weights([3], 8),
      { name: "y", shape: [1, 3] },
    ],
    operators: [
      { ...first.operators[0]!, outputs: [3] },
      { code: 22, inputs: [3, 4], outputs: [5] },
      { code: 9, inputs: [5, 6, 7], outputs: [8], options: [8, [0, "int8", 1]] },
    ],
    inputs: [0],
    outputs: [8],
  };
}

/** Two convolutions of one input, joined along channels, then softmax over them. */
function branches(): TfliteSpec {
  const fields = conv([1, 3, 3, 2], SAME, 1).operators[0]!.options!;
  return {
    tensors: [
      { name: "x", shape: [1, 3, 3, 2] },
      weights([2, 3, 3, 2], 9),
      weights([3, 3, 3, 2], 10),
      weights([3], 11),
      { shape: [1, 3, 3, 2] },
      { shape: [1, 3, 3, 3] },
      { shape: [1, 3, 3, 5] },
      { name: "y", shape: [1, 3, 3, 5] },
      weights([2], 12),
    ],
    operators: [
      { code: 3, inputs: [0, 1, 8], outputs: [4], options: fields },
      { code: 3, inputs: [0, 2, 3], outputs: [5], options: fields },
      { code: 2, inputs: [4, 5], outputs: [6], options: [10, [0, "int32", 3]] },
      { code: 25, inputs: [6], outputs: [7], options: [9, [0, "float32", 1]] },
    ],
    inputs: [0],
    outputs: [7],
  };
}

/** Every rule on a network of a few elements, by name. */
export const tfliteCases: Readonly<Record<string, TfliteSpec>> = {
  "CONV_2D SAME, stride 2, even size": conv([1, 6, 8, 3], SAME, 2),
  "CONV_2D SAME, stride 2, odd size": conv([1, 7, 5, 3], SAME, 2),
  "CONV_2D SAME, stride 2, kernel 5, RELU6": conv([1, 6, 7, 2], SAME, 2, 5, 3),
  "CONV_2D VALID, stride 1, RELU": conv([1, 5, 6, 3], VALID, 1, 3, 1),
  "CONV_2D SAME, dilation 2": conv([1, 6, 7, 2], SAME, 1, 3, 0, 2),
  "CONV_2D 1×1, stride 2": conv([1, 5, 6, 2], SAME, 2, 1),
  "DEPTHWISE_CONV_2D, stride 1": depthwise(3, 1, 1),
  "DEPTHWISE_CONV_2D, multiplier 2, stride 2": depthwise(3, 2, 2),
  "MAX_POOL_2D 2×2, odd size": pool(17, 5, 7, 2, 2),
  "MAX_POOL_2D 3×3, stride 2, even size": pool(17, 6, 8, 3, 2),
  "AVERAGE_POOL_2D 3×3, stride 2": pool(1, 6, 5, 3, 2),
  "RESIZE_BILINEAR ×2, asymmetric": resize([6, 8], 0, 0),
  "RESIZE_BILINEAR ×2, half pixel": resize([6, 8], 0, 1),
  "RESIZE_BILINEAR ×2, align corners": resize([6, 8], 1, 0),
  "RESIZE_BILINEAR 5×7, half pixel": resize([5, 7], 0, 1),
  "RESIZE_BILINEAR 2×3, half pixel": resize([2, 3], 0, 1),
  "PRELU, one slope a channel": one(54, [1, 2, 3, 4], [1, 2, 3, 4], { constants: [weights([1, 1, 4], 5)] }),
  "ADD of one number a channel": one(0, [1, 2, 3, 4], [1, 2, 3, 4], { constants: [weights([4], 6)], options: [11] }),
  "SUB of a scalar, RELU": one(41, [1, 2, 3, 4], [1, 2, 3, 4], {
    constants: [weights([], 6)],
    options: [28, [0, "int8", 1]],
  }),
  "MUL of one number a channel": one(18, [1, 2, 3, 4], [1, 2, 3, 4], { constants: [weights([4], 7)], options: [21] }),
  "PAD of height and width": one(34, [1, 2, 3, 2], [1, 5, 6, 2], {
    constants: [pads(0, 0, 1, 2, 0, 3, 0, 0)],
    options: [22],
  }),
  "PAD of channels": one(34, [1, 2, 3, 2], [1, 2, 3, 5], { constants: [pads(0, 0, 0, 0, 0, 0, 0, 3)], options: [22] }),
  RELU: one(19, [1, 2, 3, 2], [1, 2, 3, 2]),
  RELU6: one(21, [1, 2, 3, 2], [1, 2, 3, 2]),
  LOGISTIC: one(14, [1, 2, 3, 2], [1, 2, 3, 2]),
  RELU_N1_TO_1: one(20, [1, 2, 3, 2], [1, 2, 3, 2]),
  TANH: one(28, [1, 2, 3, 2], [1, 2, 3, 2]),
  ABS: one(101, [1, 2, 3, 2], [1, 2, 3, 2], { options: [78] }),
  "LEAKY_RELU, alpha 0.25": one(98, [1, 2, 3, 2], [1, 2, 3, 2], { options: [75, [0, "float32", 0.25]] }),
  "DIV by one number a channel": one(42, [1, 2, 3, 4], [1, 2, 3, 4], { constants: [weights([4], 13)], options: [29] }),
  "MAXIMUM with one number a channel": one(55, [1, 2, 3, 4], [1, 2, 3, 4], {
    constants: [weights([4], 14)],
    options: [39],
  }),
  "MINIMUM with a scalar": one(57, [1, 2, 3, 4], [1, 2, 3, 4], { constants: [weights([], 15)], options: [39] }),
  NEG: one(59, [1, 2, 3, 2], [1, 2, 3, 2]),
  EXP: one(47, [1, 6], [1, 6], { options: [33] }),
  "SOFTMAX of rank 2": one(25, [1, 5], [1, 5], { options: [9, [0, "float32", 1]] }),
  "SOFTMAX over channels, beta 2": one(25, [1, 2, 3, 4], [1, 2, 3, 4], { options: [9, [0, "float32", 2]] }),
  "RESHAPE keeps the order of NHWC": one(22, [1, 2, 3, 4], [1, 8, 3], { constants: [integers(1, 8, 3)] }),
  TRANSPOSE: one(39, [1, 2, 3, 4], [1, 3, 4, 2], { constants: [integers(0, 2, 3, 1)], options: [26] }),
  "MEAN over height and width": reduce(40, [1, 2], 0, [1, 2]),
  "MEAN over height and width, kept": reduce(40, [1, 2], 1, [1, 1, 1, 2]),
  "SUM over channels, kept": reduce(74, [-1], 1, [1, 3, 4, 1]),
  "REDUCE_MAX over channels, kept": reduce(82, [3], 1, [1, 3, 4, 1]),
  "FULLY_CONNECTED of an image": one(9, [1, 2, 2, 3], [1, 4], {
    constants: [weights([4, 12], 8), weights([4], 9)],
    options: [8],
  }),
  "FULLY_CONNECTED after RESHAPE after CONV_2D": flattened(),
  "CONCATENATION and SOFTMAX after two CONV_2D": branches(),
};
