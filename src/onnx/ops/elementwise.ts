import type { Attribute } from "../build.ts";
import { broadcast, type Shape } from "./dim.ts";
import { add, choose, combine, divideBy, equal, multiply, ofNumbers, rounded, subtract } from "./fold.ts";
import { anyNumber, type Call, each, type Op, printShape } from "./op.ts";

/** One value out for one in. */
const unary = (attributes: Op["attributes"] = {}, more: Partial<Op> = {}): Op => ({
  inputs: [1, 1],
  outputs: [1, 1],
  attributes,
  shapes: (call) => [call.input(0).shape],
  ...more,
});

/** Inputs stretched to one shape, as numpy does. */
const stretched = (least: number, most: number, more: Partial<Op> = {}): Op => ({
  inputs: [least, most],
  outputs: [1, 1],
  attributes: {},
  shapes: (call) => [stretch(call)],
  ...more,
});

function stretch(call: Call): Shape {
  const shapes = call.inputs.flatMap((input) => (input ? [input.shape] : []));
  const shape = broadcast(...shapes);
  if (!shape) throw call.mismatch("shapes that broadcast", shapes.map(printShape).join(" and "));
  return shape;
}

/** The slope stretches to x, never the other way round. */
function prelu(call: Call): Shape {
  const [x, slope] = [call.input(0).shape, call.input(1).shape];
  const shape = broadcast(x, slope);
  if (shape && shape.length === x.length) return x;
  throw call.mismatch(`a slope that broadcasts to ${printShape(x)}`, printShape(slope));
}

const float = (value: number): Attribute => ({ float: value });
const comparison: Partial<Op> = { dtypes: ["bool"] };

export const elementwise: Readonly<Record<string, Op>> = {
  ...each(
    "Abs Acos Acosh Asin Asinh Atan Atanh Ceil Cos Cosh Erf Exp Floor HardSwish Log Mish Neg Reciprocal Relu Round Sigmoid Sign Sin Sinh Softplus Softsign Sqrt Tan Tanh".split(
      " ",
    ),
    unary(),
  ),
  Abs: unary({}, { values: combine(ofNumbers(Math.abs)) }),
  Ceil: unary({}, { values: combine(rounded("ceil")) }),
  Floor: unary({}, { values: combine(rounded("floor")) }),
  Neg: unary({}, { values: combine(ofNumbers((x) => -x)) }),
  Sqrt: unary({}, { values: combine(ofNumbers(Math.sqrt)) }),
  Celu: unary({ alpha: float(1) }),
  Elu: unary({ alpha: float(1) }),
  Gelu: unary({ approximate: "none" }),
  HardSigmoid: unary({ alpha: float(0.2), beta: float(0.5) }),
  LeakyRelu: unary({ alpha: float(0.01) }),
  Selu: unary({ alpha: float(1.6732632), gamma: float(1.050701) }),
  ThresholdedRelu: unary({ alpha: float(1) }),
  // y = min(max(x, least), most); the bounds were attributes before opset 11.
  Clip: unary({ min: null, max: null }, { inputs: [1, 3] }),
  // Over `axis`; before opset 13 the default was 1, and the axes after it were taken together.
  ...each(["Softmax", "LogSoftmax", "Hardmax"], unary({ axis: -1 })),
  Not: unary({}, { dtypes: ["bool"], values: combine(ofNumbers((x) => Number(!x))) }),
  ...each(["IsInf", "IsNaN"], unary({}, { dtypes: ["bool"] })),
  // In inference y = x; the mask is all true.
  Dropout: unary(
    { ratio: float(0.5), seed: null },
    {
      inputs: [1, 3],
      outputs: [1, 2],
      shapes: (call) => [call.input(0).shape, call.input(0).shape],
      dtypes: [0, "bool"],
    },
  ),

  PRelu: { ...stretched(2, 2), shapes: (call) => [prelu(call)], weights: [1] },
  Add: stretched(2, 2, { values: combine(add) }),
  Sub: stretched(2, 2, { values: combine(subtract) }),
  Mul: stretched(2, 2, { values: combine(multiply) }),
  Div: stretched(2, 2, { values: combine(divideBy) }),
  Mod: stretched(2, 2, { attributes: { fmod: 0 } }),
  Pow: stretched(2, 2),
  Max: stretched(1, anyNumber, { values: combine(ofNumbers(Math.max)) }),
  Min: stretched(1, anyNumber, { values: combine(ofNumbers(Math.min)) }),
  ...each(["Sum", "Mean"], stretched(1, anyNumber)),
  Equal: stretched(2, 2, { ...comparison, values: combine(equal) }),
  Greater: stretched(2, 2, { ...comparison, values: combine(ofNumbers((a, b) => Number(a > b))) }),
  GreaterOrEqual: stretched(2, 2, { ...comparison, values: combine(ofNumbers((a, b) => Number(a >= b))) }),
  Less: stretched(2, 2, { ...comparison, values: combine(ofNumbers((a, b) => Number(a < b))) }),
  LessOrEqual: stretched(2, 2, { ...comparison, values: combine(ofNumbers((a, b) => Number(a <= b))) }),
  And: stretched(2, 2, { ...comparison, values: combine(ofNumbers((a, b) => a && b)) }),
  Or: stretched(2, 2, { ...comparison, values: combine(ofNumbers((a, b) => a || b)) }),
  Xor: stretched(2, 2, comparison),
  // y = condition ? a : b
  Where: stretched(3, 3, { dtypes: [1], values: combine(choose) }),
};
