import { broadcast, type Shape } from "./dim.ts";
import { elementTypeOf } from "./element-type.ts";
import { matMulMacs, matMulShape } from "./matmul.ts";
import { type Call, each, type Op, printShape } from "./op.ts";
import { convMacs, convShape, windows } from "./windows.ts";

const convAttributes = windows.Conv!.attributes;

/** Two operands with scale and zero point each, a and b, come stretched to one shape. */
function stretch(call: Call, a: number, b: number): Shape {
  const shapes = [call.input(a).shape, call.input(b).shape];
  const shape = broadcast(...shapes);
  if (!shape) throw call.mismatch("shapes that broadcast", shapes.map(printShape).join(" and "));
  return shape;
}

const shapeOfFirst = (call: Call): Shape[] => [call.input(0).shape];

/** A scalar's dtype: what is written wins over the zero point's, which wins over uint8. */
function quantisedType(call: Call): ReturnType<typeof elementTypeOf> {
  const written = call.has("output_dtype") ? call.int("output_dtype") : 0;
  return written !== 0 ? elementTypeOf(written) : (call.inputs[2]?.dtype ?? "uint8");
}

/** Of `b` among the inputs, the matrix that `a` is multiplied with. */
const product = (b: number, more: Pick<Op, "inputs"> & Partial<Op>): Op => ({
  outputs: [1, 1],
  attributes: {},
  shapes: (call) => [matMulShape(call, call.input(0).shape, call.input(b).shape)],
  macs: (call, output) => matMulMacs(call.input(0).shape, output),
  weights: [b],
  ...more,
});

/** Integers that stand for real numbers: real = (stored − zero point) · scale. */
export const quantised: Readonly<Record<string, Op>> = {
  QuantizeLinear: {
    inputs: [2, 3],
    outputs: [1, 1],
    attributes: { axis: 1, block_size: 0, output_dtype: 0, precision: 0, saturate: 1 },
    shapes: shapeOfFirst,
    dtypes: [quantisedType],
  },
  DequantizeLinear: {
    inputs: [2, 3],
    outputs: [1, 1],
    attributes: { axis: 1, block_size: 0, output_dtype: 0 },
    shapes: shapeOfFirst,
    dtypes: [1],
  },
  // The scale and zero point of what came in, beside it in uint8.
  DynamicQuantizeLinear: {
    inputs: [1, 1],
    outputs: [3, 3],
    attributes: {},
    shapes: (call) => [call.input(0).shape, [], []],
    dtypes: ["uint8", "float32", "uint8"],
  },
  // Inputs x, w and their zero points; sums stay integers.
  ConvInteger: {
    inputs: [2, 4],
    outputs: [1, 1],
    attributes: convAttributes,
    shapes: (call) => [convShape(call)],
    dtypes: ["int32"],
    macs: (call, output) => convMacs(call.input(1).shape, output),
    weights: [1],
  },
  MatMulInteger: product(1, { inputs: [2, 4], dtypes: ["int32"], weights: [0, 1] }),
  // Inputs x, its scale and zero point, w, its own, y's, and an int32 bias.
  QLinearConv: {
    inputs: [8, 9],
    outputs: [1, 1],
    attributes: convAttributes,
    shapes: (call) => [convShape(call, call.input(0).shape, call.input(3).shape)],
    dtypes: [7],
    macs: (call, output) => convMacs(call.input(3).shape, output),
    weights: [3, 8],
  },
  QLinearMatMul: product(3, { inputs: [8, 8], dtypes: [7], weights: [0, 3] }),
  // A in float, B in integers with its scale and zero point, a float bias.
  "com.microsoft.DynamicQuantizeMatMul": product(1, { inputs: [3, 5], dtypes: ["float32"], weights: [1, 4] }),
  "com.microsoft.MatMulIntegerToFloat": product(1, { inputs: [4, 7], dtypes: [2], weights: [1, 6] }),
  ...each(["com.microsoft.QLinearAdd", "com.microsoft.QLinearMul"], {
    inputs: [7, 8],
    outputs: [1, 1],
    attributes: {},
    shapes: (call) => [stretch(call, 0, 3)],
  }),
  ...each(["com.microsoft.QLinearSigmoid", "com.microsoft.QLinearLeakyRelu"], {
    inputs: [4, 5],
    outputs: [1, 1],
    attributes: { alpha: { float: 0.01 } },
    shapes: shapeOfFirst,
  }),
  "com.microsoft.QLinearGlobalAveragePool": {
    inputs: [5, 5],
    outputs: [1, 1],
    attributes: { channels_last: 0 },
    shapes(call) {
      const { shape } = call.input(0);
      const kept = call.int("channels_last") === 1 ? shape.length - 1 : 1;
      return [shape.map((dim, axis) => (axis === 0 || axis === kept ? dim : 1))];
    },
  },
};
