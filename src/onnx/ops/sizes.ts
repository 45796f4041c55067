import { DataType } from "../schema.ts";
import { type Dim, product, type Shape } from "./dim.ts";
import { type ElementType, elementTypeOf, isFloat } from "./element-type.ts";
import { shapeless } from "./layout.ts";
import type { Call, Op } from "./op.ts";
import { smallValues } from "./small-values.ts";

/** `value`, or one of its short forms. */
function constantType(call: Call): ElementType {
  const tensor = call.tensor("value");
  if (tensor) return elementTypeOf(tensor.dataType);
  if (call.has("value_int") || call.has("value_ints")) return "int64";
  return call.has("value_float") || call.has("value_floats") ? "float32" : "other";
}

function constantShape(call: Call): Shape | null {
  const tensor = call.tensor("value");
  if (tensor) return tensor.dims.map(Number);
  if (call.has("value_int") || call.has("value_float")) return [];
  const list = call.ints("value_ints") ?? call.floats("value_floats");
  return list ? [list.length] : null;
}

function constantValues(call: Call): readonly Dim[] | null {
  const tensor = call.tensor("value");
  if (tensor) return smallValues(tensor);
  if (call.has("value_int")) return [call.int("value_int")];
  if (call.has("value_float")) return [call.float("value_float")];
  return call.ints("value_ints") ?? call.floats("value_floats");
}

/** From `start`, not negative or counted from the end, to before `end`. */
function part(call: Call): Shape {
  const { shape } = call.input(0);
  return shape.slice(call.int("start"), call.has("end") ? call.int("end") : shape.length);
}

/** ⌈(limit − start) / delta⌉ numbers, none where that is negative. */
function rangeOf(call: Call): { start: number; delta: number; length: number } | null {
  const [start, limit, delta] = [0, 1, 2].map((i) => call.input(i).values?.[0]);
  if (typeof start !== "number" || typeof limit !== "number" || typeof delta !== "number" || delta === 0) return null;
  return { start, delta, length: Math.max(0, Math.ceil((limit - start) / delta)) };
}

function rangeValues(call: Call): readonly Dim[] | null {
  const range = rangeOf(call);
  return range && Array.from({ length: range.length }, (_, i) => range.start + i * range.delta);
}

function castValues(call: Call): readonly Dim[] | null {
  const { values } = call.input(0);
  const whole = !isFloat(elementTypeOf(call.int("to")));
  return values?.map((value) => (whole && typeof value === "number" ? Math.trunc(value) : value)) ?? null;
}

const none = { inputs: [0, 0], outputs: [1, 1] } as const;
const one = { inputs: [1, 1], outputs: [1, 1] } as const;

/** Constants, and what is known of shapes rather than of pixels. */
export const sizes: Readonly<Record<string, Op>> = {
  Constant: {
    ...none,
    attributes: { value: null, value_float: null, value_floats: null, value_int: null, value_ints: null },
    shapes: (call) => [constantShape(call)],
    dtypes: [constantType],
    values: constantValues,
  },
  Shape: {
    ...one,
    attributes: { start: 0, end: null },
    shapes: (call) => [[part(call).length]],
    dtypes: ["int64"],
    values: part,
  },
  Size: {
    ...one,
    attributes: {},
    shapes: () => [[]],
    dtypes: ["int64"],
    values: (call) => [product(call.input(0).shape)],
  },
  // float32 zeros, unless told otherwise
  ConstantOfShape: {
    ...one,
    attributes: { value: null },
    shapes: (call) => [call.input(0).values ?? shapeless(call, call.input(0).shape[0])],
    dtypes: [(call) => elementTypeOf(call.tensor("value")?.dataType ?? DataType.FLOAT)],
    values(call, output) {
      const tensor = call.tensor("value");
      const fill = tensor ? smallValues(tensor)?.[0] : 0;
      const size = product(output);
      return fill !== undefined && typeof size === "number" ? Array<Dim>(size).fill(fill) : null;
    },
  },
  Range: {
    ...one,
    inputs: [3, 3],
    attributes: {},
    shapes: (call) => [[rangeOf(call)?.length ?? call.unknown(0)]],
    values: rangeValues,
  },
  Cast: {
    ...one,
    attributes: { to: null, saturate: 1 },
    shapes: (call) => [call.input(0).shape],
    dtypes: [(call) => elementTypeOf(call.int("to"))],
    values: castValues,
  },
  CastLike: {
    ...one,
    inputs: [2, 2],
    attributes: { saturate: 1 },
    shapes: (call) => [call.input(0).shape],
    dtypes: [1],
  },
};
