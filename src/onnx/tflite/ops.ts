import { sizeOf } from "../../tensor/tensor.ts";
import { activation, define, layoutFor } from "./define.ts";
import type { ImportGraph } from "./graph.ts";
import { axisIn, toNchw } from "./layout.ts";
import type { TfliteOperator } from "./model.ts";
import type { FlatTable } from "./reader.ts";
import { conv, depthwiseConv, pool } from "./windows.ts";

/** Add the ONNX nodes of one operator. `o` reads its options; absent options are all defaults. */
type Rule = (g: ImportGraph, operator: TfliteOperator, o: FlatTable | null) => void;

type Op = {
  readonly name: string;
  readonly rule: Rule;
  /** Does it work at any height and width? What fixes a size (Reshape) does not. */
  readonly anySize: boolean;
};

const anySize = (name: string, rule: Rule): Op => ({ name, rule, anySize: true });
const fixed = (name: string, rule: Rule): Op => ({ name, rule, anySize: false });

/**
 * What we import, by `BuiltinOperator`'s number.
 * Source: tensorflow/compiler/mlir/lite/schema/schema.fbs (numbers and options' fields).
 */
export const ops: Readonly<Record<number, Op>> = {
  0: anySize("ADD", binary("Add")),
  1: anySize("AVERAGE_POOL_2D", pool("AveragePool")),
  2: anySize("CONCATENATION", concatenation),
  3: anySize("CONV_2D", conv),
  4: anySize("DEPTHWISE_CONV_2D", depthwiseConv),
  6: anySize("DEQUANTIZE", dequantize),
  9: fixed("FULLY_CONNECTED", fullyConnected),
  14: anySize("LOGISTIC", unary("Sigmoid")),
  17: anySize("MAX_POOL_2D", pool("MaxPool")),
  18: anySize("MUL", binary("Mul")),
  19: anySize("RELU", unary("Relu")),
  20: anySize("RELU_N1_TO_1", activated(2)),
  21: anySize("RELU6", activated(3)),
  22: fixed("RESHAPE", reshape),
  23: fixed("RESIZE_BILINEAR", resizeBilinear),
  25: anySize("SOFTMAX", softmax),
  28: anySize("TANH", unary("Tanh")),
  34: anySize("PAD", pad),
  39: fixed("TRANSPOSE", transposeOp),
  40: anySize("MEAN", reduce("ReduceMean")),
  41: anySize("SUB", binary("Sub")),
  42: anySize("DIV", binary("Div")),
  47: anySize("EXP", unary("Exp")),
  54: anySize("PRELU", prelu),
  55: anySize("MAXIMUM", binary("Max")),
  57: anySize("MINIMUM", binary("Min")),
  59: anySize("NEG", unary("Neg")),
  74: anySize("SUM", reduce("ReduceSum")),
  82: anySize("REDUCE_MAX", reduce("ReduceMax")),
  98: anySize("LEAKY_RELU", leakyRelu),
  101: anySize("ABS", unary("Abs")),
};

function unary(op: string): Rule {
  return (g, { inputs: [x], outputs: [y] }) => {
    const layout = layoutFor(g, [x!]);
    g.define(y!, layout, op, [g.value(x!, layout)]);
  };
}

function activated(code: number): Rule {
  return (g, { inputs: [x], outputs: [y] }) => {
    const layout = layoutFor(g, [x!]);
    activation(g, code, y!, layout, g.value(x!, layout));
  };
}

function leakyRelu(g: ImportGraph, { inputs: [x], outputs: [y] }: TfliteOperator, o: FlatTable | null): void {
  const layout = layoutFor(g, [x!]);
  g.define(y!, layout, "LeakyRelu", [g.value(x!, layout)], { alpha: { float: o?.float32(0) ?? 0 } });
}

/** Both operands broadcast, as numpy's do, in the layout of the file. */
function binary(op: string): Rule {
  return (g, { inputs: [a, b], outputs: [y] }, o) => {
    // A computed operand of lower rank would need another permutation: such a pair stays as in the file.
    const images = [a!, b!].every((i) => g.layoutOf(i) === null || g.tensor(i).shape.length === 4);
    const layout = images ? layoutFor(g, [a!, b!]) : "plain";
    // Max and Min have no options, hence no activation.
    const fused = op === "Max" || op === "Min" ? 0 : (o?.int8(0) ?? 0);
    define(g, y!, layout, fused, op, [g.value(a!, layout), g.value(b!, layout)]);
  };
}

/** slope broadcasts against NHWC without its batch: [1, 1, C], or one a pixel. */
function prelu(g: ImportGraph, { inputs: [x, slope], outputs: [y] }: TfliteOperator): void {
  const layout = layoutFor(g, [x!]);
  g.define(y!, layout, "PRelu", [g.value(x!, layout), g.value(slope!, layout)]);
}

function pad(g: ImportGraph, { inputs: [x, amounts], outputs: [y] }: TfliteOperator): void {
  const layout = layoutFor(g, [x!]);
  const rank = g.tensor(x!).shape.length;
  const pairs = g.integers(amounts);
  if (pairs?.length !== 2 * rank) throw g.unsupported(`pads of ${g.tensor(y!).name} are not 2 constants an axis`);
  const ends = (side: 0 | 1) => {
    const values = Array.from({ length: rank }, (_, axis) => pairs[2 * axis + side]!);
    return layout === "nchw" ? toNchw(values) : values;
  };
  const pads = g.addWeights(`${g.tensor(y!).name}:pads`, [2 * rank], [...ends(0), ...ends(1)]);
  g.define(y!, layout, "Pad", [g.value(x!, layout), pads]);
}

function resizeBilinear(
  g: ImportGraph,
  { inputs: [x, size], outputs: [y] }: TfliteOperator,
  o: FlatTable | null,
): void {
  const sizes = g.integers(size);
  if (sizes?.length !== 2) throw g.unsupported(`the size of ${g.tensor(y!).name} is not a constant height and width`);
  const [alignCorners, halfPixel] = [o?.bool(2) ?? false, o?.bool(3) ?? false];
  const mode = alignCorners ? "align_corners" : halfPixel ? "half_pixel" : "asymmetric";
  const name = g.addWeights(`${g.tensor(y!).name}:size`, [2], sizes);
  g.define(y!, "nchw", "Resize", [g.value(x!, "nchw"), "", "", name], {
    mode: "linear",
    coordinate_transformation_mode: mode,
    axes: [2, 3],
  });
}

function concatenation(g: ImportGraph, { inputs, outputs: [y] }: TfliteOperator, o: FlatTable | null): void {
  const layout = layoutFor(g, inputs);
  const axis = axisIn(layout, o?.int32(0) ?? 0, g.tensor(y!).shape.length);
  const values = inputs.map((i) => g.value(i, layout));
  define(g, y!, layout, o?.int8(1) ?? 0, "Concat", values, { axis });
}

/** The file's order of elements is NHWC's, so an image goes back to it first. A first axis that stays is copied. */
function reshape(g: ImportGraph, { inputs: [x], outputs: [y] }: TfliteOperator): void {
  const [from, to] = [g.tensor(x!).shape, g.tensor(y!).shape];
  const sizes = to.map((dim, axis) => (axis === 0 && dim === from[0] ? 0 : dim));
  const shape = g.addWeights(`${g.tensor(y!).name}:shape`, [sizes.length], sizes);
  g.define(y!, "plain", "Reshape", [g.value(x!, "plain"), shape]);
}

/** y = x·wᵀ + b, where x is flattened to as many columns as w has. */
function fullyConnected(
  g: ImportGraph,
  { inputs: [x, w, b], outputs: [y] }: TfliteOperator,
  o: FlatTable | null,
): void {
  if ((o?.int8(1) ?? 0) !== 0) throw g.unsupported("shuffled weights of a fully connected layer are not supported");
  const [rows = 0, columns = 0] = g.tensor(w!).shape;
  const { shape: from } = g.tensor(x!);
  const { shape: to, name } = g.tensor(y!);
  let input = g.value(x!, "plain");
  if (from.length !== 2 || from[1] !== columns) {
    // 0 keeps the batch, where rows of the product are images.
    const rowsOfInput = sizeOf(from.slice(1)) === columns ? 0 : -1;
    input = g.emit("Reshape", [input, g.addWeights(`${name}:flat`, [2], [rowsOfInput, columns])]);
  }
  const inputs = [input, g.value(w!, "plain")];
  if (b !== undefined && b >= 0) inputs.push(g.value(b, "plain"));
  const fused = o?.int8(0) ?? 0;
  if (to.length === 2) {
    define(g, y!, "plain", fused, "Gemm", inputs, { transB: 1 });
    return;
  }
  const product = g.emit("Gemm", inputs, { transB: 1 });
  const sizes = [...to.slice(0, -1).map((dim, axis) => (axis === 0 ? -1 : dim)), rows];
  define(g, y!, "plain", fused, "Reshape", [product, g.addWeights(`${name}:shape`, [sizes.length], sizes)]);
}

/** Over the last axis: softmax(beta · x). */
function softmax(g: ImportGraph, { inputs: [x], outputs: [y] }: TfliteOperator, o: FlatTable | null): void {
  const layout = layoutFor(g, [x!]);
  const beta = o?.float32(0) ?? 0;
  let input = g.value(x!, layout);
  if (beta !== 1) input = g.emit("Mul", [input, g.addWeights(`${g.tensor(y!).name}:beta`, [], Float32Array.of(beta))]);
  g.define(y!, layout, "Softmax", [input], { axis: axisIn(layout, -1, g.tensor(x!).shape.length) });
}

function transposeOp(g: ImportGraph, { inputs: [x, order], outputs: [y] }: TfliteOperator): void {
  const perm = g.integers(order);
  if (!perm) throw g.unsupported(`the order of axes of ${g.tensor(y!).name} is not constant`);
  g.define(y!, "plain", "Transpose", [g.value(x!, "plain")], { perm });
}

function reduce(op: string): Rule {
  return (g, { inputs: [x, over], outputs: [y] }, o) => {
    const keep = o?.bool(0) ?? false;
    const layout = keep ? layoutFor(g, [x!]) : "plain";
    const rank = g.tensor(x!).shape.length;
    const axes = g.integers(over)?.map((axis) => axisIn(layout, axis, rank));
    if (!axes) throw g.unsupported(`the axes of ${g.tensor(y!).name} are not constant`);
    const names = g.addWeights(`${g.tensor(y!).name}:axes`, [axes.length], axes);
    g.define(y!, layout, op, [g.value(x!, layout), names], { keepdims: keep ? 1 : 0 });
  };
}

/** Weights are dequantised here, once; values computed at run time in int8 are not supported. */
function dequantize(g: ImportGraph, { inputs: [x], outputs: [y] }: TfliteOperator): void {
  const { bytes, type, name } = g.tensor(x!);
  if (!bytes) throw g.unsupported(`tensor ${name} of ${type}: only weights may be quantised, not what is computed`);
  g.alias(y!, x!);
}
