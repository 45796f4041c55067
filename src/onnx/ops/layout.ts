import { type Dim, differ, product, quotient, type Shape } from "./dim.ts";
import { keepValues, moved } from "./fold.ts";
import { axisOf, type Call, integersAt, type Op, printShape } from "./op.ts";

/** 0 copies the input's own size, unless `allowzero`; −1 takes what is left. */
function reshape(call: Call): Shape | null {
  const { shape: from } = call.input(0);
  const sizes = call.ints("shape") ?? call.input(1).values;
  if (!sizes) return shapeless(call, call.input(1).shape[0]);
  const copies = call.int("allowzero") !== 1;
  const to = sizes.map((size, axis) => (size === 0 && copies ? from[axis] : size));
  const wrong = () =>
    call.mismatch(`a shape of ${product(from)} elements, as ${printShape(from)} has`, printShape(sizes));
  if (to.includes(undefined) || to.filter((size) => size === -1).length > 1) throw wrong();
  const known = to.filter((size): size is Dim => size !== -1);
  const rest = quotient(from, known);
  // Without −1, sizes that are all known must hold exactly what was there.
  if (rest === null || (known.length === to.length && typeof rest === "number" && rest !== 1)) {
    if (product(from) !== 0 || product(known) !== 0) throw wrong();
  }
  return to.map((size) => (size === -1 ? (rest ?? 0) : size!));
}

/** A shape of so many axes, each known only when the graph runs; no tensor has more than a few. */
export function shapeless(call: Call, rank: Dim | undefined): Shape | null {
  return typeof rank === "number" && rank <= 64 ? Array.from({ length: rank }, (_, axis) => call.unknown(axis)) : null;
}

function permutation(call: Call): number[] {
  const { shape } = call.input(0);
  const perm = call.ints("perm") ?? [...shape.keys()].reverse();
  if ([...perm].sort((a, b) => a - b).join() === [...shape.keys()].join()) return [...perm];
  throw call.mismatch(`an order of ${shape.length} axes`, `[${perm.join(", ")}]`);
}

function squeeze(call: Call): Shape | null {
  const { shape } = call.input(0);
  const given = integersAt(call, "axes", 1);
  if (!given && call.inputs[1]) return null;
  const axes = given?.map((axis) => axisOf(call, axis, shape.length));
  const wrong = axes?.find((axis) => differ(shape[axis]!, 1));
  if (wrong !== undefined) throw call.mismatch(`size 1 along axis ${wrong}`, `${shape[wrong]}`);
  return shape.filter((dim, axis) => (axes ? !axes.includes(axis) : dim !== 1));
}

function unsqueeze(call: Call): Shape | null {
  const { shape } = call.input(0);
  const given = integersAt(call, "axes", 1);
  if (!given) return null;
  const rank = shape.length + given.length;
  const axes = given.map((axis) => axisOf(call, axis, rank));
  const rest = [...shape];
  return Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? 1 : rest.shift()!));
}

function flatten(call: Call): Shape {
  const { shape } = call.input(0);
  const axis = call.int("axis") === shape.length ? shape.length : axisOf(call, call.int("axis"), shape.length || 1);
  return [product(shape.slice(0, axis)), product(shape.slice(axis))];
}

/** Squares of `blocksize` between the image and its channels: their side times `grow`, their number divided by its square. */
function blocks(toSpace: boolean): Op {
  return {
    inputs: [1, 1],
    outputs: [1, 1],
    attributes: { blocksize: null, ...(toSpace && { mode: "DCR" }) },
    shapes(call) {
      const { shape } = call.input(0);
      const side = call.int("blocksize");
      if (shape.length !== 4) throw call.mismatch("[N, C, H, W]", printShape(shape));
      const [n, c, h, w] = shape as readonly [Dim, Dim, Dim, Dim];
      const less = (dim: Dim, by: number): Dim => {
        const part = quotient([dim], [by]);
        if (part === null) throw call.mismatch(`a multiple of ${by}`, `${dim}`);
        return part;
      };
      return toSpace
        ? [[n, less(c, side * side), product([h, side]), product([w, side])]]
        : [[n, product([c, side * side]), less(h, side), less(w, side)]];
    },
  };
}

const onData = { inputs: [1, 2], outputs: [1, 1] } as const;

/** The same elements in another shape or order. */
export const layout: Readonly<Record<string, Op>> = {
  Identity: {
    inputs: [1, 1],
    outputs: [1, 1],
    attributes: {},
    shapes: (call) => [call.input(0).shape],
    values: keepValues,
  },
  Reshape: {
    ...onData,
    attributes: { allowzero: 0, shape: null },
    shapes: (call) => [reshape(call)],
    values: keepValues,
  },
  // [product of the axes before `axis`, product of those from it on]
  Flatten: {
    ...onData,
    inputs: [1, 1],
    attributes: { axis: 1 },
    shapes: (call) => [flatten(call)],
    values: keepValues,
  },
  Squeeze: { ...onData, attributes: { axes: null }, shapes: (call) => [squeeze(call)], values: keepValues },
  Unsqueeze: { ...onData, attributes: { axes: null }, shapes: (call) => [unsqueeze(call)], values: keepValues },
  Transpose: {
    ...onData,
    inputs: [1, 1],
    attributes: { perm: null },
    shapes: (call) => [permutation(call).map((axis) => call.input(0).shape[axis]!)],
    values: (call, output) =>
      moved(call, output, (at) => permutation(call).map((_, axis) => at[permutation(call).indexOf(axis)]!)),
  },
  DepthToSpace: blocks(true),
  SpaceToDepth: blocks(false),
};
