import type { GraphBuilder, Value } from "../builder.ts";
import type { Call } from "../ops/op.ts";
import type { Vjps } from "./rule.ts";
import { sizes, transpose } from "./words.ts";

/** Where the centre of a new pixel lies among the old ones. Source: ONNX's operator specification, Resize. */
const PLACES: Readonly<Record<string, (i: number, scale: number, from: number, to: number) => number>> = {
  half_pixel: (i, scale) => (i + 0.5) / scale - 0.5,
  pytorch_half_pixel: (i, scale, _, to) => (to > 1 ? (i + 0.5) / scale - 0.5 : 0),
  align_corners: (i, _, from, to) => (to > 1 ? (i * (from - 1)) / (to - 1) : 0),
  asymmetric: (i, scale) => i / scale,
};

const ROUND: Readonly<Record<string, (x: number) => number>> = {
  round_prefer_floor: (x) => Math.ceil(x - 0.5),
  round_prefer_ceil: (x) => Math.floor(x + 0.5),
  floor: Math.floor,
  ceil: Math.ceil,
};

export const resizing: Vjps = {
  // An axis at a time y = A·x, so that dx = Aᵀ·dy
  Resize: ({ g, dy, x: [x], y, call }) => {
    const scales = scalesOf(call, sizes(x!), sizes(y));
    let d = dy;
    scales.forEach((scale, axis) => {
      const [from, to] = [sizes(x!)[axis]!, sizes(y)[axis]!];
      if (scale !== 1 || from !== to) d = along(g, d, axis, g.literal([to, from], matrix(call, from, to, scale)));
    });
    return [d];
  },
};

function scalesOf(call: Call, from: readonly number[], to: readonly number[]): number[] {
  const axes = (call.ints("axes") ?? from.map((_, axis) => axis)).map((a) => (a + from.length) % from.length);
  const given = call.inputs[3] ? null : (call.inputs[2]?.values as readonly number[] | null | undefined);
  return from.map((size, axis) => {
    const i = axes.indexOf(axis);
    return i === -1 ? 1 : (given?.[i] ?? to[axis]! / size);
  });
}

/** What each new pixel takes of the old ones, [to, from]. */
function matrix(call: Call, from: number, to: number, scale: number): Float32Array<ArrayBuffer> {
  const [mode, coordinates] = [call.text("mode"), call.text("coordinate_transformation_mode")];
  const place = PLACES[coordinates];
  if (!place) throw call.mismatch(`coordinates of ${Object.keys(PLACES).join(", ")}`, coordinates);
  if (call.int("antialias") !== 0) throw call.mismatch("no antialias", "antialias 1");
  if (mode !== "linear" && mode !== "nearest") throw call.mismatch("the mode linear or nearest", mode);
  const round = ROUND[call.text("nearest_mode")]!;
  const weights = new Float32Array(to * from);
  const inside = (at: number) => Math.max(0, Math.min(at, from - 1));
  for (let i = 0; i < to; i++) {
    const at = Math.fround(place(i, scale, from, to));
    if (mode === "nearest") {
      weights[i * from + inside(round(at))] = 1;
      continue;
    }
    const [low, part] = [Math.floor(inside(at)), inside(at) - Math.floor(inside(at))];
    weights[i * from + low]! += 1 - part;
    weights[i * from + inside(low + 1)]! += part;
  }
  return weights;
}

/** d·A along one axis. */
function along(g: GraphBuilder, d: Value, axis: number, a: Value): Value {
  const last = d.shape.length - 1;
  if (axis === last) return g.node("MatMul", [d, a]);
  const swap = d.shape.map((_, i) => (i === axis ? last : i === last ? axis : i));
  return transpose(g, g.node("MatMul", [transpose(g, d, swap), a]), swap);
}
