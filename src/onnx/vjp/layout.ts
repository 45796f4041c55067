import type { GraphBuilder, Value } from "../builder.ts";
import type { Vjp, Vjps } from "./rule.ts";
import { ints, num, reshape, sizes, stretch, sum, transpose } from "./words.ts";

/** What only tells the same elements another shape. */
const reshaped: Vjp = ({ g, dy, x: [x] }) => [reshape(g, dy, sizes(x!))];

export const layout: Vjps = {
  Reshape: reshaped,
  Flatten: reshaped,
  Squeeze: reshaped,
  Unsqueeze: reshaped,
  Expand: ({ dy }) => [dy],
  Tile: ({ g, dy, x: [x] }) => {
    // Each axis in two: the copies, and what was copied.
    const pairs = sizes(x!).flatMap((size, axis) => [sizes(dy)[axis]! / size, size]);
    const copies = sizes(x!).map((_, axis) => 2 * axis);
    return [sum(g, reshape(g, dy, pairs), copies, 0)];
  },
  SpaceToDepth: ({ g, dy, call }) => [
    g.node("DepthToSpace", [dy], { attributes: { blocksize: call.int("blocksize") } }),
  ],
  DepthToSpace: ({ g, dy, x: [x], call }) => {
    const blocksize = call.int("blocksize");
    if (call.text("mode") === "DCR") return [g.node("SpaceToDepth", [dy], { attributes: { blocksize } })];
    const [N, C, H, W] = sizes(x!) as [number, number, number, number];
    const squares = reshape(g, dy, [N, C / blocksize ** 2, H, blocksize, W, blocksize]);
    return [reshape(g, transpose(g, squares, [0, 1, 3, 5, 2, 4]), sizes(x!))];
  },
  Transpose: ({ g, dy, x: [x], call }) => {
    const perm = call.ints("perm") ?? sizes(x!).map((_, axis, all) => all.length - 1 - axis);
    return [
      transpose(
        g,
        dy,
        perm.map((_, axis) => perm.indexOf(axis)),
      ),
    ];
  },
  Concat: ({ g, dy, x, call }) => {
    const rank = sizes(dy).length;
    const axis = (call.int("axis") + rank) % rank;
    const parts = x.map((v) => sizes(v)[axis]!);
    return g.nodes("Split", [dy, ints(g, parts)], { attributes: { axis }, outputs: x.length });
  },
  Split: ({ g, gradients, outputs, call }) => {
    const rank = sizes(outputs[0]!).length;
    const whole = gradients.map((d, i) => d ?? zeros(g, sizes(outputs[i]!)));
    return [g.node("Concat", whole, { attributes: { axis: (call.int("axis") + rank) % rank } })];
  },
  // Back to where they were; what was left out gets 0.
  Slice: ({ g, dy, x: [x], call }) => {
    const shape = sizes(x!);
    const list = (attribute: string, input: number) =>
      call.ints(attribute) ?? (call.inputs[input]?.values as readonly number[] | undefined) ?? null;
    const starts = list("starts", 1)!;
    const axes = (list("axes", 3) ?? starts.map((_, i) => i)).map((axis) => (axis + shape.length) % shape.length);
    const steps = list("steps", 4) ?? starts.map(() => 1);
    return [
      axes.reduce(
        (d, axis, i) => placed(g, d, axis, places(starts[i]!, steps[i]!, sizes(dy)[axis]!, shape[axis]!), shape[axis]!),
        dy,
      ),
    ];
  },
  // What was added is cut off, and what was cut off gets 0.
  Pad: ({ g, dy, x: [x], call }) => {
    const shape = sizes(x!);
    const pads = (call.ints("pads") ?? call.inputs[1]?.values) as readonly number[];
    const given = call.inputs[3]?.values as readonly number[] | undefined;
    const axes = given?.map((axis) => (axis + shape.length) % shape.length) ?? [...shape.keys()];
    if (call.text("mode") !== "constant") throw call.mismatch("padding with a constant", call.text("mode"));
    const all = Array<number>(2 * shape.length).fill(0);
    axes.forEach((axis, i) => {
      all[axis] = -pads[i]!;
      all[axis + shape.length] = -pads[i + axes.length]!;
    });
    return [g.node("Pad", [dy, ints(g, all)])];
  },
};

const zeros = (g: GraphBuilder, shape: readonly number[]): Value => g.node("Expand", [num(g, 0), ints(g, shape)]);

/** The indices that a slice takes along an axis. */
function places(start: number, step: number, count: number, size: number): number[] {
  const first = start < 0 ? Math.max(start + size, 0) : Math.min(start, step < 0 ? size - 1 : size);
  return Array.from({ length: count }, (_, i) => first + i * step);
}

/** d, spread along one axis of `size` elements to its places. */
function placed(g: GraphBuilder, d: Value, axis: number, at: readonly number[], size: number): Value {
  const shape = sizes(d).map((own, i) => (i === axis ? size : own));
  const run = at.every((place, i) => place === at[0]! + i);
  if (run) {
    const before = shape.map((_, i) => (i === axis ? at[0]! : 0));
    const after = shape.map((_, i) => (i === axis ? size - at.length - at[0]! : 0));
    return g.node("Pad", [d, ints(g, [...before, ...after])]);
  }
  // A matrix of zeros and ones, along the axis.
  const index = reshape(
    g,
    ints(g, at),
    shape.map((_, i) => (i === axis ? at.length : 1)),
  );
  return g.node("ScatterElements", [zeros(g, shape), stretch(g, index, sizes(d)), d], { attributes: { axis } });
}
