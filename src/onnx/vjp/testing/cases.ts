import type { Attribute } from "../../build.ts";
import type { OpCase, Operand } from "../../testing/op-cases.ts";

/** An operator whose gradient is compared with differences. */
export type GradientCase = OpCase & {
  /** What inputs are spread over, by their index; default −1 to 1, and 0.1 away from 0. */
  readonly ranges?: Readonly<Record<number, readonly [least: number, most: number]>>;
  /** Where its float64 kernel computes something else. */
  readonly single?: true;
};

type Attributes = Readonly<Record<string, Attribute>>;
const of = (
  op: string,
  inputs: readonly Operand[],
  attributes: Attributes = {},
  more: Partial<GradientCase> = {},
): GradientCase => ({
  op,
  inputs,
  attributes,
  ...more,
});
const unary = (range: readonly [number, number], ...ops: string[]): GradientCase[] =>
  ops.map((op) => of(op, [[2, 3, 2]], {}, { ranges: { 0: range } }));
const ints = (...values: number[]): Operand => ({ ints: values });
const floats = (...values: number[]): Operand => ({ floats: values });
const scalar = (value: number): Operand => ({ floats: [value], scalar: true });
const image = [2, 4, 6, 5];
const conv = (channels: number, filters: number, kernel: number[], attributes: Attributes, group = 1): GradientCase =>
  of("Conv", [[2, channels, 6, 5], [filters, channels / group, ...kernel], [filters]], { ...attributes, group });
const transposed = (attributes: Attributes, group = 1): GradientCase =>
  of("ConvTranspose", [[2, 4, 3, 4], [4, 3, 3, 2], [3 * group]], { ...attributes, group });
const pools = (attributes: Attributes): GradientCase[] =>
  ["MaxPool", "AveragePool"].map((op) => of(op, [image], attributes));
const fused = (activation: string, params?: number[]): GradientCase =>
  of("com.microsoft.FusedConv", [[1, 2, 4, 4], [3, 2, 3, 3], floats(-6, 6, 6), [1, 3, 2, 2]], {
    activation,
    ...(params && { activation_params: { floats: params } }),
  });
const resize = (sizes: Operand[], attributes: Attributes): GradientCase =>
  of("Resize", [[1, 2, 4, 5], null, ...sizes], attributes);

export const gradientCases: readonly GradientCase[] = [
  ...unary(
    [-1, 1],
    "Identity",
    "Neg",
    "Abs",
    "Exp",
    "Sin",
    "Cos",
    "Tan",
    "Tanh",
    "Sigmoid",
    "Erf",
    "Softplus",
    "Softsign",
  ),
  ...unary([-1, 1], "Relu", "LeakyRelu", "Elu", "Selu", "Atan", "Sinh", "Cosh"),
  ...unary([0.3, 2], "Log", "Sqrt", "Reciprocal"),
  ...unary([-0.85, 0.85], "Acos", "Asin"),
  ...unary([-4, 4], "HardSigmoid", "HardSwish"),
  ...unary([-4, 4.4], "ThresholdedRelu"),
  of("HardSwish", [[5]], {}, { ranges: { 0: [3.2, 5] } }),
  of("Clip", [[3, 4], scalar(-0.4), scalar(0.55)]),
  of("Clip", [[3, 4], null, scalar(0.05)]),
  of("Clip", [[3, 4], scalar(0.05)]),
  of("Clip", [[3, 4]]),
  ...["Add", "Sub", "Mul", "Div", "Max", "Min", "Sum", "Mean"].map((op) =>
    of(op, [
      [2, 1, 3],
      [4, 1],
    ]),
  ),
  of("Div", [[3], [2, 1]], {}, { ranges: { 1: [0.4, 2] } }),
  of(
    "Pow",
    [
      [2, 1, 3],
      [4, 1],
    ],
    {},
    { ranges: { 0: [0.3, 2], 1: [-2, 3] } },
  ),
  of("Max", [[2, 1], [3], [1, 1, 1]]),
  of("Where", [{ shape: [2, 1], dtype: "bool" }, [1, 3], [4, 1, 1]]),
  of("PRelu", [image, [4, 1, 1]]),
  of("PRelu", [[2, 5], [1]]),
  of("Cast", [[2, 3]], { to: 1 }, { single: true }),
  of("CastLike", [[2, 3], [1]]),
  of("Dropout", [[2, 3]], {}, { outputs: 2 }),

  conv(2, 3, [3, 3], {}),
  conv(2, 3, [1, 1], {}),
  conv(2, 3, [1, 1], { strides: [2, 2] }),
  conv(2, 3, [3, 3], { pads: [1, 1, 1, 1] }),
  conv(2, 3, [3, 3], { pads: [1, 1, 1, 1], strides: [2, 2] }),
  conv(2, 3, [3, 2], { pads: [0, 1, 2, 0], strides: [1, 3] }),
  conv(4, 4, [3, 3], { pads: [1, 1, 1, 1] }, 4),
  conv(4, 4, [3, 3], { pads: [1, 1, 1, 1], strides: [2, 2] }, 4),
  conv(4, 8, [3, 3], { pads: [1, 1, 1, 1] }, 4),
  conv(4, 6, [3, 3], { pads: [1, 1, 1, 1], strides: [2, 2] }, 2),
  conv(4, 4, [6, 5], {}, 4),
  conv(2, 3, [3, 2], { dilations: [2, 3], pads: [1, 1, 1, 1] }),
  conv(4, 6, [3, 2], { dilations: [2, 1], strides: [2, 1], pads: [1, 0, 2, 1] }, 2),
  conv(2, 3, [3, 3], { auto_pad: "SAME_UPPER", strides: [2, 2] }),
  conv(2, 3, [4, 2], { auto_pad: "SAME_LOWER", strides: [1, 2] }),
  conv(2, 3, [3, 3], { auto_pad: "VALID", strides: [2, 2] }),
  transposed({ strides: [2, 2], pads: [1, 0, 1, 0], output_padding: [1, 1] }),
  transposed({ strides: [2, 1] }, 2),
  transposed({ dilations: [2, 1] }),
  ...["Relu", "Sigmoid", "Tanh"].map((name) => fused(name)),
  fused("LeakyRelu", [0.2]),
  fused("Clip", [-9, 5]),
  fused("HardSigmoid", [0.05, 0.5]),
  of(
    "com.microsoft.FusedConv",
    [
      [1, 2, 4, 4],
      [3, 2, 3, 3],
    ],
    { activation: "Relu" },
  ),
  ...pools({ kernel_shape: [3, 3], strides: [2, 2] }),
  ...pools({ kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 }),
  ...pools({ kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }),
  ...pools({ kernel_shape: [2, 3], strides: [1, 3], pads: [0, 1, 1, 2] }),
  ...pools({ kernel_shape: [3, 3], auto_pad: "SAME_UPPER", strides: [2, 2] }),
  ...pools({ kernel_shape: [2, 2], auto_pad: "SAME_LOWER" }),
  of("AveragePool", [image], { kernel_shape: [3, 3], pads: [1, 1, 1, 1], count_include_pad: 1 }),
  of("AveragePool", [image], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1], ceil_mode: 1 }),
  of("MaxPool", [image], { kernel_shape: [2, 2], dilations: [2, 1] }, { outputs: 2 }),
  of("GlobalAveragePool", [image]),
  of("GlobalMaxPool", [[2, 3, 2, 2]]),

  of("BatchNormalization", [image, [4], [4], [4], [4]], {}, { ranges: { 4: [0.5, 2] }, single: true }),
  of("BatchNormalization", [[2, 5], [5], [5], [5], [5]], {}, { ranges: { 4: [0.5, 2] }, single: true }),
  of(
    "BatchNormalization",
    [image, [4], [4], floats(0, 0, 0, 0), floats(1, 1, 1, 1)],
    { training_mode: 1 },
    { outputs: 3, single: true },
  ),
  of("InstanceNormalization", [[2, 3, 4, 2], [3], [3]]),
  of("LayerNormalization", [[2, 3, 4], [4], [4]]),
  of(
    "LayerNormalization",
    [
      [2, 3, 4],
      [3, 4],
    ],
    { axis: 1 },
    { outputs: 3 },
  ),
  of("LpNormalization", [[2, 5]], { axis: 1 }),

  of("Gemm", [[3, 4], [5, 4], [5]], { transB: 1 }),
  of(
    "Gemm",
    [
      [4, 3],
      [4, 5],
      [3, 1],
    ],
    { transA: 1, alpha: { float: 0.5 }, beta: { float: 2 } },
  ),
  of("Gemm", [
    [3, 4],
    [4, 5],
  ]),
  of("MatMul", [
    [3, 4],
    [4, 5],
  ]),
  of("MatMul", [
    [2, 1, 3, 4],
    [5, 4, 2],
  ]),
  of("MatMul", [[4], [2, 4, 3]]),
  of("MatMul", [[2, 3, 4], [4]]),
  of("MatMul", [[4], [4]]),
  of(
    "com.microsoft.FusedMatMul",
    [
      [2, 4, 3],
      [2, 5, 4],
    ],
    { transA: 1, transB: 1, alpha: { float: 0.5 } },
  ),

  of("Flatten", [[2, 3, 4]], { axis: 2 }),
  of("Reshape", [[2, 3, 4], ints(0, -1)]),
  of("Transpose", [[2, 3, 4]]),
  of("Transpose", [[2, 3, 4]], { perm: [1, 2, 0] }),
  of("Squeeze", [[1, 3, 1, 2]]),
  of("Squeeze", [[1, 3, 1, 2], ints(-2)]),
  of("Unsqueeze", [[3, 2], ints(0, -1)]),
  of("Expand", [[3, 1], ints(2, 1, 4)]),
  of("Expand", [[3, 4], ints(1)]),
  of("Tile", [[2, 3], ints(3, 2)]),
  of("Slice", [[5, 6, 3], ints(1, -3), ints(2 ** 31, -1), ints(0, -2)]),
  of("Slice", [[5, 6, 3], ints(-1, 9), ints(-9, 0), ints(0, 1), ints(-1, -2)]),
  of("Slice", [[5, 6], ints(1, 0), ints(5, 6), ints(0, 1), ints(2, 3)]),
  of("Split", [[7, 2], ints(1, 4, 2)], {}, { outputs: 3 }),
  of("Split", [[2, 7]], { axis: -1, num_outputs: 3 }, { outputs: 3 }),
  of(
    "Concat",
    [
      [2, 3],
      [2, 4],
      [2, 1],
    ],
    { axis: -1 },
  ),
  of("Gather", [[5, 6], ints(1, -1, 1)], { axis: 1 }),
  of("Gather", [[5, 6], { ints: [2], scalar: true }]),
  of("GatherElements", [[5], ints(1, 1, -1)]),
  of("ScatterElements", [[6], ints(1, -1, 0), [3]]),
  of("ScatterElements", [[6], ints(1, -1, 0), [3]], { axis: -1, reduction: "add" }),
  of("Pad", [[2, 3], ints(1, 0, 2, 1), scalar(3)]),
  of("Pad", [[2, 4], ints(-1, 0, 2, -1)]),
  of("Pad", [[2, 3, 4], ints(1, 2), null, ints(-1)]),
  of("DepthToSpace", [[1, 8, 2, 3]], { blocksize: 2 }),
  of("DepthToSpace", [[1, 8, 2, 3]], { blocksize: 2, mode: "CRD" }),
  of("SpaceToDepth", [[1, 2, 4, 6]], { blocksize: 2 }),
  ...["half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric"].flatMap((coordinate_transformation_mode) =>
    ["linear", "nearest"].flatMap((mode) => [
      resize([null, ints(1, 2, 7, 8)], { mode, coordinate_transformation_mode }),
      resize([floats(1, 1, 0.75, 0.6)], { mode, coordinate_transformation_mode }),
    ]),
  ),
  ...["floor", "ceil", "round_prefer_ceil"].map((nearest_mode) => resize([floats(1, 1, 2, 1.5)], { nearest_mode })),
  resize([null, ints(7, 8)], { mode: "linear", axes: [2, 3] }),

  ...[
    "ReduceSum",
    "ReduceMean",
    "ReduceMax",
    "ReduceMin",
    "ReduceL1",
    "ReduceL2",
    "ReduceSumSquare",
    "ReduceLogSumExp",
  ].flatMap((op) => [of(op, [[2, 3, 4]]), of(op, [[2, 3, 4], ints(-1, 0)], { keepdims: 0 })]),
  of("ReduceLogSum", [[2, 3], ints(1)], {}, { ranges: { 0: [0.3, 2] } }),
  of("ReduceSum", [[2, 3], ints()], { noop_with_empty_axes: 1 }),
  of("TopK", [[2, 6], ints(3)], {}, { outputs: 2 }),
  of("CumSum", [[2, 4], { ints: [1], scalar: true }], { exclusive: 1 }),
  of("CumSum", [[2, 4], { ints: [0], scalar: true }], { reverse: 1 }),
  of("Softmax", [[2, 3, 4]]),
  of("Softmax", [[2, 3, 4]], { axis: 1 }),
  of("LogSoftmax", [[2, 3, 4]], { axis: 0 }),
];
