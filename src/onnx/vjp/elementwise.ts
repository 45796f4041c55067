import type { GraphBuilder, Value } from "../builder.ts";
import { dataTypeOf, isFloat } from "../ops/element-type.ts";
import { activations } from "./activation.ts";
import type { Backward, Vjp, Vjps } from "./rule.ts";
import { apply, div, mul, neg, num, scale, square, sub, where } from "./words.ts";

const PER_ROOT_PI = 2 / Math.sqrt(Math.PI);

/** One value out for one in, or stretched ones: sums over what was stretched are the engine's. */
export const elementwise: Vjps = {
  Identity: ({ dy }) => [dy],
  Neg: ({ g, dy }) => [neg(g, dy)],
  Abs: ({ g, dy, x: [x] }) => [mul(g, dy, apply(g, "Sign", x!))],
  Exp: ({ g, dy, y }) => [mul(g, dy, y)],
  Log: ({ g, dy, x: [x] }) => [div(g, dy, x!)],
  Sqrt: ({ g, dy, y }) => [div(g, dy, scale(g, y, 2))],
  Reciprocal: ({ g, dy, y }) => [neg(g, mul(g, dy, square(g, y)))],
  Tan: ({ g, dy, y }) => [mul(g, dy, g.add(num(g, 1), square(g, y)))],
  Atan: ({ g, dy, x: [x] }) => [div(g, dy, g.add(num(g, 1), square(g, x!)))],
  Sinh: ({ g, dy, x: [x] }) => [mul(g, dy, apply(g, "Cosh", x!))],
  Cosh: ({ g, dy, x: [x] }) => [mul(g, dy, apply(g, "Sinh", x!))],
  Sin: ({ g, dy, x: [x] }) => [mul(g, dy, apply(g, "Cos", x!))],
  Cos: ({ g, dy, x: [x] }) => [neg(g, mul(g, dy, apply(g, "Sin", x!)))],
  // d acos x = −1/√(1 − x²): infinite at ±1, as torch's
  Acos: ({ g, dy, x: [x] }) => [neg(g, div(g, dy, apply(g, "Sqrt", sub(g, num(g, 1), square(g, x!)))))],
  Asin: ({ g, dy, x: [x] }) => [div(g, dy, apply(g, "Sqrt", sub(g, num(g, 1), square(g, x!))))],
  Tanh: ({ g, dy, y }) => [mul(g, dy, sub(g, num(g, 1), square(g, y)))],
  Sigmoid: ({ g, dy, y }) => [mul(g, dy, mul(g, y, sub(g, num(g, 1), y)))],
  // (2/√π)·exp(−x²)
  Erf: ({ g, dy, x: [x] }) => [scale(g, mul(g, dy, apply(g, "Exp", neg(g, square(g, x!)))), PER_ROOT_PI)],
  Softplus: ({ g, dy, x: [x] }) => [mul(g, dy, apply(g, "Sigmoid", x!))],
  Softsign: ({ g, dy, x: [x] }) => [div(g, dy, square(g, g.add(num(g, 1), apply(g, "Abs", x!))))],
  Relu: ({ g, dy, y }) => [activations.Relu!(g, dy, y, [])],
  LeakyRelu: ({ g, dy, x: [x], call }) => [either(g, x!, dy, scale(g, dy, call.float("alpha")))],
  ThresholdedRelu: ({ g, dy, y }) => [activations.Relu!(g, dy, y, [])],
  HardSigmoid: ({ g, dy, y, call }) => [activations.HardSigmoid!(g, dy, y, [call.float("alpha")])],
  // x·min(max(x/6 + ½, 0), 1)
  HardSwish: ({ g, dy, x: [x] }) => {
    const inside = mul(g, dy, g.add(scale(g, x!, 1 / 3), num(g, 0.5)));
    const above = g.node("Where", [apply(g, "Less", x!, num(g, 3)), inside, dy]);
    return [where(g, apply(g, "Greater", x!, num(g, -3)), above)];
  },
  // α·(exp x − 1) below 0, whose derivative is y + α
  Elu: ({ g, dy, x: [x], y, call }) => [either(g, x!, dy, mul(g, dy, g.add(y, num(g, call.float("alpha")))))],
  Selu: ({ g, dy, x: [x], y, call }) => {
    const gamma = call.float("gamma");
    const below = g.add(y, num(g, gamma * call.float("alpha")));
    return [either(g, x!, scale(g, dy, gamma), mul(g, dy, below))];
  },
  Add: ({ dy }) => [dy, dy],
  Sum: ({ dy, x }) => x.map(() => dy),
  Mean: ({ g, dy, x }) => x.map(() => scale(g, dy, 1 / x.length)),
  Sub: ({ g, dy, wanted }) => [dy, wanted(1) ? neg(g, dy) : null],
  Mul: ({ g, dy, x: [a, b], wanted }) => [wanted(0) ? mul(g, dy, b!) : null, wanted(1) ? mul(g, dy, a!) : null],
  Div: ({ g, dy, y, x: [, b], wanted }) => {
    const perB = div(g, dy, b!);
    return [perB, wanted(1) ? neg(g, mul(g, perB, y)) : null];
  },
  // d aᵇ = b·aᵇ⁻¹ da + ln a·aᵇ db
  Pow: ({ g, dy, y, x: [a, b], wanted }) => [
    wanted(0) ? mul(g, dy, mul(g, b!, apply(g, "Pow", a!, sub(g, b!, num(g, 1))))) : null,
    wanted(1) ? mul(g, dy, mul(g, y, apply(g, "Log", a!))) : null,
  ],
  // Of equal ones, each gets its part, as torch's maximum.
  Max: toTheEqual,
  Min: toTheEqual,
  Clip: ({ g, dy, x: [x], inputs, call }) => {
    const least = inputs[1] ?? (call.has("min") ? num(g, call.float("min")) : null);
    const most = inputs[2] ?? (call.has("max") ? num(g, call.float("max")) : null);
    const above = least && apply(g, "GreaterOrEqual", x!, least);
    const below = most && apply(g, "LessOrEqual", x!, most);
    const inside = above && below ? apply(g, "And", above, below) : (above ?? below);
    return [inside ? where(g, inside, dy) : dy];
  },
  Where: ({ g, dy, x: [condition], wanted }) => [
    null,
    wanted(1) ? where(g, condition!, dy) : null,
    wanted(2) ? where(g, apply(g, "Not", condition!), dy) : null,
  ],
  // x > 0 ? dy : slope·dy; the slope's is x·dy where x ≤ 0
  PRelu: ({ g, dy, x: [x, slope], wanted }) => [
    wanted(0) ? either(g, x!, dy, mul(g, dy, slope!)) : null,
    wanted(1) ? mul(g, dy, g.node("Min", [x!, num(g, 0)])) : null,
  ],
  // Through whole numbers and truths nothing flows.
  Cast: ({ g, dy, x: [x], y }) => [isFloat(x!.dtype) && isFloat(y.dtype) ? g.node("CastLike", [dy, x!]) : null],
  CastLike: ({ g, dy, x: [x] }) => [g.node("CastLike", [dy, x!]), null],
};

/** x > 0 ? a : b */
const either = (g: GraphBuilder, x: Value, a: Value, b: Value): Value =>
  g.node("Where", [apply(g, "Greater", x, num(g, 0)), a, b]);

function toTheEqual({ g, dy, y, x }: Backward): ReturnType<Vjp> {
  if (x.length === 1) return [dy];
  const toFloat = { attributes: { to: dataTypeOf("float32") } };
  const equal = x.map((value) => g.node("Cast", [apply(g, "Equal", value, y)], toFloat));
  const share = div(g, dy, g.node("Sum", equal));
  return equal.map((mask) => mul(g, share, mask));
}
