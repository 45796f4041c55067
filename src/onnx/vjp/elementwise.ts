import { dataTypeOf } from "../ops/element-type.ts";
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
  Relu: ({ g, dy, y }) => [where(g, apply(g, "Greater", y, num(g, 0)), dy)],
  LeakyRelu: ({ g, dy, x: [x], call }) => [
    g.node("Where", [apply(g, "Greater", x!, num(g, 0)), dy, scale(g, dy, call.float("alpha"))]),
  ],
  HardSigmoid: ({ g, dy, y, call }) => [
    where(
      g,
      apply(g, "And", apply(g, "Greater", y, num(g, 0)), apply(g, "Less", y, num(g, 1))),
      scale(g, dy, call.float("alpha")),
    ),
  ],
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
  PRelu: ({ g, dy, x: [x, slope], wanted }) => {
    const positive = apply(g, "Greater", x!, num(g, 0));
    return [
      wanted(0) ? g.node("Where", [positive, dy, mul(g, dy, slope!)]) : null,
      wanted(1) ? where(g, apply(g, "Not", positive), mul(g, dy, x!)) : null,
    ];
  },
  // What of a value's type changes; float to float alone has a gradient.
  Cast: ({ g, dy, x: [x] }) => [g.node("CastLike", [dy, x!])],
  CastLike: ({ g, dy, x: [x] }) => [g.node("CastLike", [dy, x!]), null],
};

function toTheEqual({ g, dy, y, x }: Backward): ReturnType<Vjp> {
  if (x.length === 1) return [dy];
  const toFloat = { attributes: { to: dataTypeOf("float32") } };
  const equal = x.map((value) => g.node("Cast", [apply(g, "Equal", value, y)], toFloat));
  const share = div(g, dy, g.node("Sum", equal));
  return equal.map((mask) => mul(g, share, mask));
}
