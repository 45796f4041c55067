import { type Dim, product } from "./dim.ts";
import { axisOf, type Call, type Known, type Op } from "./op.ts";

/** scale · dim, rounded down in float32 as runtimes do: 0.7 · 10 is 7. */
function scaled(dim: Dim, scale: Dim): Dim | null {
  if (typeof scale !== "number") return null;
  if (typeof dim === "number") return Math.floor(Math.fround(Math.fround(scale) * dim));
  if (Number.isInteger(scale)) return product([dim, scale]);
  return `floor(${dim}*${scale})`;
}

/** Inputs x, region of interest, scales, sizes; opset 10 had x and scales. */
function resize(call: Call): readonly Dim[] {
  const { shape } = call.input(0);
  const old = call.inputs.length === 2;
  const given = (input: Known | null | undefined) => (input && input.shape[0] !== 0 ? input : null);
  const scales = given(call.inputs[old ? 1 : 2]);
  const sizes = given(call.inputs[3]);
  if (!scales && !sizes) throw call.mismatch("scales or sizes", "neither");
  const axes = (call.ints("axes") ?? [...shape.keys()]).map((axis) => axisOf(call, axis, shape.length));
  const list = sizes ? sizes.values : scales!.values;
  const wanted = sizes && list ? fitSizes(call, axes, list) : list;
  if (wanted && wanted.length !== axes.length) {
    throw call.mismatch(`${axes.length} ${sizes ? "sizes" : "scales"}`, `[${wanted.join(", ")}]`);
  }
  return shape.map((dim, axis) => {
    const i = axes.indexOf(axis);
    if (i === -1) return dim;
    const value = wanted?.[i];
    if (value === undefined) return call.unknown(axis);
    return sizes ? value : (scaled(dim, value) ?? call.unknown(axis));
  });
}

/** Sizes as asked for, or the largest inside (the smallest around) them that keeps the picture's proportions. */
function fitSizes(call: Call, axes: readonly number[], sizes: readonly Dim[]): readonly Dim[] {
  const policy = call.text("keep_aspect_ratio_policy");
  if (policy === "stretch") return sizes;
  const own = axes.map((axis) => call.input(0).shape[axis]!);
  if ([...own, ...sizes].some((dim) => typeof dim !== "number")) return own.map((_, i) => call.unknown(axes[i]!));
  const ratios = sizes.map((size, i) => (size as number) / (own[i] as number));
  const scale = Math[policy === "not_larger" ? "min" : "max"](...ratios);
  return own.map((dim) => Math.round((dim as number) * scale));
}

function upsample(call: Call): readonly Dim[] {
  const scales = call.floats("scales") ?? call.inputs[1]?.values;
  return call.input(0).shape.map((dim, axis) => scaled(dim, scales?.[axis] ?? "?") ?? call.unknown(axis));
}

export const resizing: Readonly<Record<string, Op>> = {
  Resize: {
    inputs: [1, 4],
    outputs: [1, 1],
    attributes: {
      antialias: 0,
      axes: null,
      coordinate_transformation_mode: "half_pixel",
      cubic_coeff_a: { float: -0.75 },
      exclude_outside: 0,
      extrapolation_value: { float: 0 },
      keep_aspect_ratio_policy: "stretch",
      mode: "nearest",
      nearest_mode: "round_prefer_floor",
    },
    shapes: (call) => [resize(call)],
  },
  // Resize's forerunner, until opset 9.
  Upsample: {
    inputs: [1, 2],
    outputs: [1, 1],
    attributes: { mode: "nearest", scales: null },
    shapes: (call) => [upsample(call)],
  },
};
