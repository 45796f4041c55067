import type { GraphBuilder, Value } from "../builder.ts";

/** What rules are written in. */
export const mul = (g: GraphBuilder, a: Value, b: Value): Value => g.node("Mul", [a, b]);
export const div = (g: GraphBuilder, a: Value, b: Value): Value => g.node("Div", [a, b]);
export const sub = (g: GraphBuilder, a: Value, b: Value): Value => g.node("Sub", [a, b]);
export const neg = (g: GraphBuilder, a: Value): Value => g.node("Neg", [a]);
export const num = (g: GraphBuilder, value: number): Value => g.literal([], Float32Array.of(value));
export const scale = (g: GraphBuilder, a: Value, by: number): Value => (by === 1 ? a : mul(g, a, num(g, by)));
export const square = (g: GraphBuilder, a: Value): Value => mul(g, a, a);
export const apply = (g: GraphBuilder, op: string, ...inputs: Value[]): Value => g.node(op, inputs);
export const ints = (g: GraphBuilder, values: readonly number[]): Value => g.literal([values.length], values);
export const zero = (g: GraphBuilder): Value => num(g, 0);

/** dy where the condition holds, else 0. */
export const where = (g: GraphBuilder, condition: Value, dy: Value): Value => g.node("Where", [condition, dy, zero(g)]);

export const sizes = ({ shape }: Value): number[] => shape as number[];

export function reshape(g: GraphBuilder, x: Value, shape: readonly number[]): Value {
  const same = shape.length === x.shape.length && shape.every((size, axis) => size === x.shape[axis]);
  return same ? x : g.node("Reshape", [x, ints(g, shape)]);
}

export function transpose(g: GraphBuilder, x: Value, perm: readonly number[]): Value {
  return g.node("Transpose", [x], { attributes: { perm } });
}

export function sum(g: GraphBuilder, x: Value, axes: readonly number[], keepdims = 1): Value {
  return axes.length === 0 ? x : g.node("ReduceSum", [x, ints(g, axes)], { attributes: { keepdims } });
}

/** A gradient of a stretched shape, summed down to the shape that was stretched. */
export function sumTo(g: GraphBuilder, dy: Value, shape: readonly number[]): Value {
  const [from, extra] = [sizes(dy), dy.shape.length - shape.length];
  const axes = from.flatMap((size, axis) => (axis < extra || (shape[axis - extra] === 1 && size !== 1) ? [axis] : []));
  return reshape(g, sum(g, dy, axes), shape);
}

/** x, stretched to a shape that it broadcasts to. */
export function stretch(g: GraphBuilder, x: Value, shape: readonly number[]): Value {
  const same = shape.length === x.shape.length && shape.every((size, axis) => size === x.shape[axis]);
  return same ? x : g.node("Expand", [x, ints(g, shape)]);
}
