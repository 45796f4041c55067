import { broadcast, type Dim, differ, divide, plus, product, type Shape } from "./dim.ts";
import { moved } from "./fold.ts";
import { shapeless } from "./layout.ts";
import { anyNumber, axisOf, type Call, integersAt, listOf, type Op, printShape } from "./op.ts";

/** Bounds as far away as this mean the end, whatever the size. */
const FAR = 2 ** 31 - 1;

type Cut = { readonly axis: number; readonly start: Dim; readonly end: Dim; readonly step: number };

/** What Slice cuts, an axis at a time; null where only a run knows. */
function cutsOf(call: Call): Cut[] | null {
  const { shape } = call.input(0);
  const [starts, ends] = [listOf(call, "starts", 1), listOf(call, "ends", 2)];
  const steps = call.inputs[4] ? integersAt(call, "steps", 4) : starts?.map(() => 1);
  const axes = call.has("axes") || call.inputs[3] ? integersAt(call, "axes", 3) : [...(starts?.keys() ?? [])];
  if (!starts || !ends || !axes || !steps) return null;
  return axes.map((axis, i) => ({
    axis: axisOf(call, axis, shape.length),
    start: starts[i]!,
    end: ends[i]!,
    step: steps[i]!,
  }));
}

function slice(call: Call): Shape {
  const { shape } = call.input(0);
  const cuts = cutsOf(call);
  const axes = cuts ? null : integersAt(call, "axes", 3);
  return shape.map((dim, axis) => {
    const cut = cuts?.find((c) => c.axis === axis);
    if (cut) return sliced(dim, cut) ?? call.unknown(axis);
    return cuts || (axes && !axes.some((a) => axisOf(call, a, shape.length) === axis)) ? dim : call.unknown(axis);
  });
}

function sliced(dim: Dim, { start, end, step }: Cut): Dim | null {
  if (start === 0 && step === 1 && (end === dim || (typeof end === "number" && end >= FAR))) return dim;
  if (typeof start !== "number" || typeof end !== "number") return null;
  if (typeof dim === "number") {
    const [from, to] = [bound(start, dim, step), bound(end, dim, step)];
    return Math.max(0, Math.ceil((to - from) / step));
  }
  if (step !== 1) return null;
  if (start >= 0 && end >= FAR) return plus(dim, -start);
  if (start >= 0 && end < 0) return plus(dim, end - start);
  return start < 0 && end >= FAR ? -start : null;
}

/** A place between the elements: negative ones count from the end; backwards the last stop is before the first. */
function bound(place: number, dim: number, step: number): number {
  const at = place < 0 ? place + dim : place;
  return step < 0 ? Math.min(Math.max(at, -1), dim - 1) : Math.min(Math.max(at, 0), dim);
}

function sliceValues(call: Call, output: Shape): readonly Dim[] | null {
  const cuts = cutsOf(call);
  if (!cuts?.every(({ start }) => typeof start === "number")) return null;
  return moved(call, output, (at, shape) =>
    at.map((place, axis) => {
      const cut = cuts.find((c) => c.axis === axis);
      return cut ? bound(cut.start as number, shape[axis]!, cut.step) + place * cut.step : place;
    }),
  );
}

function splits(call: Call): Shape[] {
  const { shape } = call.input(0);
  const axis = axisOf(call, call.int("axis"), shape.length);
  const dim = shape[axis]!;
  const sizes = integersAt(call, "split", 1);
  if (
    sizes &&
    differ(
      dim,
      sizes.reduce((sum, size) => sum + size, 0),
    )
  ) {
    throw call.mismatch(`parts that make up ${dim}`, `[${sizes.join(", ")}]`);
  }
  const parts = call.outputCount;
  // Equal parts, the last one smaller where it does not go up.
  const even = divide(dim, parts, "ceil");
  return Array.from({ length: parts }, (_, i) => {
    const size = sizes?.[i] ?? (typeof dim === "number" ? Math.min(even as number, dim - i * (even as number)) : even);
    return shape.map((own, a) => (a === axis ? size : own));
  });
}

function concat(call: Call): Shape {
  const shapes = call.inputs.flatMap((input) => (input ? [input.shape] : []));
  const first = shapes[0] ?? [];
  const axis = axisOf(call, call.int("axis"), first.length);
  const fits = (shape: Shape): boolean =>
    shape.length === first.length && shape.every((dim, a) => a === axis || !differ(dim, first[a]!));
  if (!shapes.every(fits))
    throw call.mismatch(`shapes that agree but for axis ${axis}`, shapes.map(printShape).join(", "));
  const along = shapes.map((shape) => shape[axis]!);
  const numbers = along.filter((dim) => typeof dim === "number").reduce((sum, dim) => sum + dim, 0);
  const names = along.filter((dim) => typeof dim === "string").map((name, i) => (i === 0 ? name : `+${name}`));
  const total: Dim = names.length === 0 ? numbers : plus(names.length > 1 ? `(${names.join("")})` : names[0]!, numbers);
  return first.map((dim, a) =>
    a === axis
      ? total
      : bestOf(
          shapes.map((shape) => shape[a]!),
          dim,
        ),
  );
}

/** A number says more than a name. */
const bestOf = (dims: Shape, otherwise: Dim): Dim => dims.find((dim) => typeof dim === "number") ?? otherwise;

function concatValues(call: Call): readonly Dim[] | null {
  const lists = call.inputs.map((input) => (input?.shape.length === 1 ? input.values : null));
  return lists.every((list) => list !== null) ? lists.flat() : null;
}

function gather(call: Call): Shape {
  const { shape } = call.input(0);
  const axis = axisOf(call, call.int("axis"), shape.length);
  return [...shape.slice(0, axis), ...call.input(1).shape, ...shape.slice(axis + 1)];
}

function gatherValues(call: Call, output: Shape): readonly Dim[] | null {
  const { values: indices, shape } = call.input(1);
  if (!indices?.every((index) => typeof index === "number") || shape.length > 1) return null;
  const axis = axisOf(call, call.int("axis"), call.input(0).shape.length);
  return moved(call, output, (at, own) => {
    const index = (indices as number[])[shape.length === 0 ? 0 : at[axis]!]!;
    return [...at.slice(0, axis), index < 0 ? index + own[axis]! : index, ...at.slice(axis + shape.length)];
  });
}

function pad(call: Call): Shape | null {
  const { shape } = call.input(0);
  const pads = integersAt(call, "pads", 1);
  const axes = call.inputs[3] ? integersAt(call, "axes", 3) : [...shape.keys()];
  if (!pads || !axes) return shape.map((_, axis) => call.unknown(axis));
  if (pads.length !== 2 * axes.length) throw call.mismatch(`${2 * axes.length} pads`, `[${pads.join(", ")}]`);
  const at = axes.map((axis) => axisOf(call, axis, shape.length));
  return shape.map((dim, axis) => {
    const i = at.indexOf(axis);
    return i === -1 ? dim : plus(dim, pads[i]! + pads[i + axes.length]!);
  });
}

function expand(call: Call): Shape | null {
  const { shape } = call.input(0);
  const target = call.input(1).values;
  if (!target) return shapeless(call, call.input(1).shape[0]);
  const stretched = broadcast(shape, target);
  if (!stretched) throw call.mismatch(`a shape that ${printShape(shape)} broadcasts to`, printShape(target));
  return stretched;
}

const data = (most: number, more: Omit<Op, "inputs" | "outputs">): Op => ({
  inputs: [1, most],
  outputs: [1, 1],
  ...more,
});

/** Parts, joins and repetitions. What is an input now was an attribute in old opsets. */
export const select: Readonly<Record<string, Op>> = {
  Slice: data(5, {
    attributes: { axes: null, ends: null, starts: null },
    shapes: (call) => [slice(call)],
    values: sliceValues,
  }),
  Split: {
    ...data(2, { attributes: { axis: 0, num_outputs: null, split: null }, shapes: splits }),
    outputs: [1, anyNumber],
  },
  Concat: data(anyNumber, { attributes: { axis: null }, shapes: (call) => [concat(call)], values: concatValues }),
  // y[…, i, …] = x[…, indices[i], …]: the indices' shape takes the axis's place
  Gather: {
    ...data(2, { attributes: { axis: 0 }, shapes: (call) => [gather(call)], values: gatherValues }),
    inputs: [2, 2],
  },
  GatherElements: { ...data(2, { attributes: { axis: 0 }, shapes: (call) => [call.input(1).shape] }), inputs: [2, 2] },
  // y = x but y[…, indices[i, j], …] = updates[i, j], or that added to it
  ScatterElements: {
    ...data(3, { attributes: { axis: 0, reduction: "none" }, shapes: (call) => [call.input(0).shape] }),
    inputs: [3, 3],
  },
  Pad: data(4, { attributes: { mode: "constant", pads: null, value: { float: 0 } }, shapes: (call) => [pad(call)] }),
  Expand: data(2, {
    attributes: {},
    shapes: (call) => [expand(call)],
    values: (call, output) =>
      moved(call, output, (at, shape) => shape.map((dim, i) => (dim === 1 ? 0 : at[i + at.length - shape.length]!))),
  }),
  Tile: data(2, {
    attributes: {},
    shapes(call) {
      const repeats = call.input(1).values;
      return [
        call.input(0).shape.map((dim, axis) => (repeats ? product([dim, repeats[axis] ?? 1]) : call.unknown(axis))),
      ];
    },
  }),
};
