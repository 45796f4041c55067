import type { Attribute } from "../build.ts";
import type { Shape } from "../ops/dim.ts";

/** An input by its shape, in float32 unless told otherwise; a constant by its elements; `null` is left out. */
export type Operand =
  | readonly number[]
  | { readonly shape: readonly number[]; readonly dtype: "int64" | "bool" | "uint8" | "int8" }
  | { readonly ints: readonly number[]; readonly scalar?: true }
  | { readonly floats: readonly number[]; readonly scalar?: true }
  | { readonly bytes: readonly number[]; readonly shape?: readonly number[]; readonly signed?: true }
  | null;

export type OpCase = {
  readonly op: string;
  readonly inputs: readonly Operand[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly outputs?: number;
  /** Default 18. */
  readonly opset?: number;
};

const image = [2, 4, 13, 10];
const filters = (out: number, each: number, ...kernel: number[]): Shape & number[] => [out, each, ...kernel];
const ints = (...values: number[]): Operand => ({ ints: values });
const one = (value: number): Operand => ({ ints: [value], scalar: true });
const floats = (...values: number[]): Operand => ({ floats: values });
const scale: Operand = { floats: [0.1], scalar: true };
const zero: Operand = { bytes: [3], shape: [] };
const bytes = (...shape: number[]): Operand => ({ shape, dtype: "uint8" });
const matrix = (rows: number, columns: number): Operand => ({
  bytes: Array.from({ length: rows * columns }, (_, i) => i % 100),
  shape: [rows, columns],
});

const of = (
  op: string,
  inputs: readonly Operand[],
  attributes: OpCase["attributes"] = {},
  more: Partial<OpCase> = {},
): OpCase => ({
  op,
  inputs,
  attributes,
  ...more,
});

const conv = (kernel: number[], attributes: OpCase["attributes"], group = 1): OpCase =>
  of("Conv", [image, filters(6, 4 / group, ...kernel)], { ...attributes, group });
const pools = (attributes: OpCase["attributes"]): OpCase[] =>
  ["MaxPool", "AveragePool"].map((op) => of(op, [image], attributes));
const unary = (...ops: string[]): OpCase[] => ops.map((op) => of(op, [[2, 3]]));
const binary = (a: number[], b: number[], ...ops: string[]): OpCase[] => ops.map((op) => of(op, [a, b]));
const booleans = (...shape: number[]): Operand => ({ shape, dtype: "bool" });

export const opCases: readonly OpCase[] = [
  ...unary(
    "Abs",
    "Acos",
    "Ceil",
    "Cos",
    "Elu",
    "Erf",
    "Exp",
    "Floor",
    "HardSigmoid",
    "HardSwish",
    "Identity",
    "LeakyRelu",
  ),
  ...unary(
    "Log",
    "LogSoftmax",
    "Neg",
    "Reciprocal",
    "Relu",
    "Round",
    "Sigmoid",
    "Sin",
    "Softmax",
    "Sqrt",
    "Tanh",
    "Clip",
  ),
  of(
    "Clip",
    [[2, 3], floats(0), null].map((x) => (x && "floats" in x ? { ...x, scalar: true } : x)),
  ),
  of("Dropout", [[2, 3]], {}, { outputs: 2 }),
  of("Not", [booleans(2, 3)]),
  of("PRelu", [image, [4, 1, 1]]),
  ...binary([2, 1, 3], [4, 1], "Add", "Sub", "Mul", "Div", "Pow", "Max", "Min"),
  ...binary([3], [2, 5, 1], "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual"),
  of("And", [booleans(2, 1), booleans(3)]),
  of("Or", [booleans(), booleans(3)]),
  of("Max", [[2, 1], [3], [1, 1, 1]]),
  of("Where", [booleans(2, 1), [1, 3], [4, 1, 1]]),

  conv([3, 3], {}),
  conv([3, 3], { strides: [2, 2], pads: [1, 1, 1, 1] }),
  conv([3, 2], { strides: [1, 3], pads: [0, 1, 2, 0], dilations: [2, 1] }),
  conv([3, 3], { auto_pad: "SAME_UPPER", strides: [2, 3] }),
  conv([4, 4], { auto_pad: "SAME_LOWER", strides: [3, 2] }),
  conv([3, 3], { auto_pad: "VALID", strides: [2, 2] }),
  conv([3, 3], { pads: [1, 1, 1, 1] }, 2),
  of("Conv", [[1, 3, 9], [5, 3, 4], [5]], { strides: [2] }),
  of("Conv", [
    [1, 2, 5, 6, 7],
    [3, 2, 2, 2, 2],
  ]),
  of("ConvTranspose", [image, [4, 3, 3, 3]], { strides: [2, 2], pads: [1, 1, 1, 1], output_padding: [1, 1] }),
  of("ConvTranspose", [image, [4, 3, 2, 2]], { strides: [2, 2], group: 2 }),
  of("ConvTranspose", [image, [4, 3, 3, 3]], { strides: [2, 2], auto_pad: "SAME_UPPER" }),
  of("ConvTranspose", [image, [4, 3, 3, 3]], { strides: [2, 2], dilations: [2, 2] }),
  of("ConvTranspose", [image, [4, 3, 3, 3]], { strides: [2, 2], output_shape: [27, 20] }),
  ...pools({ kernel_shape: [3, 3], strides: [2, 2] }),
  ...pools({ kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 }),
  ...pools({ kernel_shape: [3, 3], strides: [3, 3], pads: [1, 1, 1, 1], ceil_mode: 1 }),
  ...pools({ kernel_shape: [2, 3], strides: [3, 4], pads: [0, 1, 1, 2], ceil_mode: 1 }),
  ...pools({ kernel_shape: [3, 3], auto_pad: "SAME_UPPER", strides: [2, 2] }),
  ...pools({ kernel_shape: [5, 5], auto_pad: "VALID" }),
  of("MaxPool", [image], { kernel_shape: [3, 3], dilations: [2, 3] }, { outputs: 2 }),
  of("GlobalAveragePool", [image]),
  of("GlobalMaxPool", [[2, 3, 4]]),

  of("BatchNormalization", [image, [4], [4], [4], [4]]),
  of("BatchNormalization", [[2, 5], [5], [5], [5], [5]], {}, { opset: 9 }),
  of("BatchNormalization", [image, [4], [4], [4], [4]], { training_mode: 1 }, { outputs: 3 }),
  of("InstanceNormalization", [image, [4], [4]]),
  of("LayerNormalization", [[2, 3, 4], [4], [4]], {}, { outputs: 3 }),
  of(
    "LayerNormalization",
    [
      [2, 3, 4],
      [3, 4],
    ],
    { axis: 1 },
    { outputs: 3 },
  ),

  of("Gemm", [[3, 4], [5, 4], [5]], { transB: 1 }),
  of(
    "Gemm",
    [
      [4, 3],
      [4, 5],
      [3, 1],
    ],
    { transA: 1 },
  ),
  of("MatMul", [
    [2, 1, 3, 4],
    [5, 4, 6],
  ]),
  of("MatMul", [[4], [2, 4, 3]]),
  of("MatMul", [[2, 3, 4], [4]]),
  of("MatMul", [[4], [4]]),

  of("Flatten", [[2, 3, 4]]),
  of("Flatten", [[2, 3, 4]], { axis: -1 }),
  of("Flatten", [[2, 3, 4]], { axis: 0 }),
  of("Reshape", [[2, 3, 4], ints(0, -1)]),
  of("Reshape", [[2, 3, 4], ints(4, 1, 6)]),
  of("Reshape", [[0, 3], ints(3, 0)], { allowzero: 1 }),
  of("Transpose", [[2, 3, 4]]),
  of("Transpose", [[2, 3, 4]], { perm: [1, 0, 2] }),
  of("Slice", [[5, 6, 7], ints(1, -3), ints(2 ** 31, -1), ints(0, -1)]),
  of("Slice", [[5, 6, 7], ints(-1, 9), ints(-9, 0), ints(0, 2), ints(-1, -3)]),
  of("Slice", [[5, 6, 7], ints(4), ints(2), ints(1)]),
  of("Slice", [[5, 6]], { starts: [1], ends: [-1], axes: [-1] }, { opset: 9 }),
  of("Split", [[7, 2]], { num_outputs: 3 }, { outputs: 3 }),
  of("Split", [[7, 2], ints(1, 4, 2)], {}, { outputs: 3 }),
  of("Split", [[2, 8]], { axis: -1, split: [3, 5] }, { outputs: 2, opset: 11 }),
  of(
    "Concat",
    [
      [2, 3],
      [2, 4],
      [2, 1],
    ],
    { axis: -1 },
  ),
  of("Gather", [[5, 6], ints(1, -1, 0)], { axis: 1 }),
  of("Gather", [[5, 6], one(2)]),
  of("ScatterElements", [[6], ints(1, -1, 0), [3]]),
  of("ScatterElements", [[6], ints(1, -1, 0), [3]], { axis: -1, reduction: "add" }),
  of("Squeeze", [[1, 3, 1, 2]]),
  of("Squeeze", [[1, 3, 1, 2], ints(-2)]),
  of("Squeeze", [[1, 3, 1]], { axes: [0] }, { opset: 11 }),
  of("Unsqueeze", [[3, 2], ints(0, -1)]),
  of("Unsqueeze", [[3, 2]], { axes: [1] }, { opset: 11 }),
  of("Expand", [[3, 1], ints(2, 1, 6)]),
  of("Expand", [[3, 4], ints(1)]),
  of("Tile", [[2, 3], ints(3, 2)]),
  of("Cast", [[2, 3]], { to: 7 }),
  of("Cast", [[2, 3]], { to: 10 }),
  of("Shape", [[2, 3, 4]]),
  of("Shape", [[2, 3, 4]], { start: -2 }),
  of("ConstantOfShape", [ints(2, 3)]),
  of("Range", [one(2), one(11), one(3)]),
  of("Pad", [[2, 3], ints(1, 0, 2, -1)]),
  of("Pad", [[2, 3, 4], ints(1, 2), null, ints(-1)]),
  of("Pad", [[2, 3]], { pads: [0, 1, 0, 1] }, { opset: 10 }),
  of("DepthToSpace", [[1, 8, 2, 3]], { blocksize: 2 }),
  of("SpaceToDepth", [[1, 2, 4, 6]], { blocksize: 2 }),
  of("Resize", [image, null, floats(1, 1, 2, 1.5)]),
  of("Resize", [[1, 1, 10, 7], null, floats(1, 1, 0.7, 0.3)]),
  of("Resize", [image, null, null, ints(2, 4, 20, 5)]),
  of("Resize", [image, null, null, ints(30, 30)], { axes: [2, 3], keep_aspect_ratio_policy: "not_larger" }),
  of("Resize", [image, null, null, ints(30, 30)], { axes: [2, 3], keep_aspect_ratio_policy: "not_smaller" }),
  of("Resize", [image, floats(1, 1, 2, 2)], {}, { opset: 10 }),
  of("Upsample", [image, floats(1, 1, 2, 3)], {}, { opset: 9 }),

  ...["ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL2", "ReduceSumSquare"].flatMap(
    (op) => [of(op, [[2, 3, 4]]), of(op, [[2, 3, 4], ints(-1, 0)], { keepdims: 0 })],
  ),
  of("ReduceSum", [[2, 3, 4], ints()], { noop_with_empty_axes: 1 }),
  of("ReduceMean", [[2, 3, 4]], { axes: [1] }, { opset: 11 }),
  of("ArgMax", [[2, 3, 4]], { axis: -2 }),
  of("ArgMax", [[2, 3, 4]], { axis: 1, keepdims: 0 }),
  of("TopK", [[2, 9], ints(3)], {}, { outputs: 2 }),

  of("QuantizeLinear", [[2, 3], scale]),
  of("QuantizeLinear", [[2, 3], scale, { bytes: [3], shape: [], signed: true }]),
  of("DequantizeLinear", [bytes(2, 3), scale, zero]),
  of("DynamicQuantizeLinear", [[2, 3]], {}, { outputs: 3 }),
  of("ConvInteger", [bytes(1, 2, 5, 5), { bytes: Array(36).fill(7), shape: [2, 2, 3, 3] }, zero], {
    pads: [1, 1, 1, 1],
    strides: [2, 2],
  }),
  of("MatMulInteger", [bytes(3, 4), matrix(4, 2)]),
  of(
    "QLinearConv",
    [bytes(1, 2, 5, 5), scale, zero, { bytes: Array(54).fill(7), shape: [3, 2, 3, 3] }, scale, zero, scale, zero],
    {
      dilations: [2, 2],
    },
  ),
  of("QLinearMatMul", [bytes(3, 4), scale, zero, matrix(4, 2), scale, zero, scale, zero]),
  of("com.microsoft.QLinearAdd", [bytes(2, 3), scale, zero, bytes(3), scale, zero, scale, zero]),
  of("com.microsoft.DynamicQuantizeMatMul", [[3, 4], matrix(4, 2), scale]),
  of("com.microsoft.FusedConv", [image, [6, 4, 1, 1], [6], [2, 6, 13, 10]], { activation: "Relu" }),
  of(
    "com.microsoft.FusedMatMul",
    [
      [2, 4, 3],
      [2, 5, 4],
    ],
    { transA: 1, transB: 1 },
  ),
];
