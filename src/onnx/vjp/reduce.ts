import type { Value } from "../builder.ts";
import { dataTypeOf } from "../ops/element-type.ts";
import type { Backward, Vjp, Vjps } from "./rule.ts";
import { apply, div, mul, num, reshape, scale, sizes, stretch, sub, sum } from "./words.ts";

/** The axes that a reduction takes away, and its output's shape with 1 in their place. */
function reduced({ x: [x], call }: Backward): { axes: number[]; kept: number[]; count: number } {
  const shape = sizes(x!);
  const given = (call.ints("axes") ?? call.inputs[1]?.values ?? []) as readonly number[];
  const all = call.int("noop_with_empty_axes") === 1 ? [] : shape.map((_, i) => i);
  const axes = given.length > 0 ? given.map((axis) => (axis + shape.length) % shape.length) : all;
  return {
    axes,
    kept: shape.map((size, axis) => (axes.includes(axis) ? 1 : size)),
    count: axes.reduce((n, axis) => n * shape[axis]!, 1),
  };
}

/** dy, or y, with the reduced axes as 1. */
const kept = (b: Backward, value: Value): Value => reshape(b.g, value, reduced(b).kept);

const toTheLargest: Vjp = (b) => {
  const { g, x, y, dy } = b;
  // Of equal ones, each gets its part, as torch's amax.
  const equal = g.node("Cast", [apply(g, "Equal", x[0]!, kept(b, y))], { attributes: { to: dataTypeOf("float32") } });
  return [mul(g, equal, div(g, kept(b, dy), sum(g, equal, reduced(b).axes)))];
};

export const reduce: Vjps = {
  ReduceSum: (b) => [stretch(b.g, kept(b, b.dy), sizes(b.x[0]!))],
  ReduceMean: (b) => [stretch(b.g, scale(b.g, kept(b, b.dy), 1 / reduced(b).count), sizes(b.x[0]!))],
  ReduceMax: toTheLargest,
  ReduceMin: toTheLargest,
  ReduceSumSquare: (b) => [mul(b.g, b.x[0]!, scale(b.g, kept(b, b.dy), 2))],
  // d√Σx² = x/y
  ReduceL2: (b) => [mul(b.g, b.x[0]!, kept(b, div(b.g, b.dy, b.y)))],
  ReduceL1: (b) => [mul(b.g, apply(b.g, "Sign", b.x[0]!), kept(b, b.dy))],
  // dΣx/Σx, and Σx is exp y
  ReduceLogSum: (b) => [stretch(b.g, kept(b, div(b.g, b.dy, apply(b.g, "Exp", b.y))), sizes(b.x[0]!))],
  ReduceLogSumExp: (b) => [mul(b.g, kept(b, b.dy), apply(b.g, "Exp", sub(b.g, b.x[0]!, kept(b, b.y))))],
  // Back to where they were found.
  TopK: ({ g, dy, x: [x], outputs, call }) => [
    g.node("ScatterElements", [stretch(g, num(g, 0), sizes(x!)), outputs[1]!, dy], {
      attributes: { axis: call.int("axis") },
    }),
  ],
  // The same from the other end.
  CumSum: ({ g, dy, x: [, axis], call }) => [
    g.node("CumSum", [dy, axis!], {
      attributes: { exclusive: call.int("exclusive"), reverse: 1 - call.int("reverse") },
    }),
  ],
  // y·(dy − Σ y·dy)
  Softmax: ({ g, dy, y, call }) => {
    const axes = [call.int("axis")];
    return [mul(g, y, g.node("Sub", [dy, sum(g, mul(g, y, dy), axes)]))];
  },
  // dy − softmax·Σ dy
  LogSoftmax: ({ g, dy, y, call }) => {
    const axes = [call.int("axis")];
    return [g.node("Sub", [dy, mul(g, apply(g, "Exp", y), sum(g, dy, axes))])];
  },
};
