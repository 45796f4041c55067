import type { Attribute } from "../build.ts";
import { type Dim, differ, divide, plus, product, type Shape } from "./dim.ts";
import { type Call, each, type Op, printShape } from "./op.ts";

/** Source of the defaults: ONNX's operator specification, Conv and the pools. */
const window: Readonly<Record<string, Attribute | null>> = {
  auto_pad: "NOTSET",
  dilations: null,
  kernel_shape: null,
  pads: null,
  strides: null,
};
const pool = { ...window, ceil_mode: 0 };

/** x [N, C, …size] under windows over the size; `kernel` is how far each reaches. */
function slide(call: Call, size: Shape, kernel: Shape): Dim[] {
  const { strides, dilations, pads, auto } = windowOf(call, size.length);
  const ceil = call.has("ceil_mode") && call.int("ceil_mode") === 1;
  return size.map((dim, axis) => {
    const stride = strides[axis]!;
    if (auto === "SAME_UPPER" || auto === "SAME_LOWER") return divide(dim, stride, "ceil");
    const reach = kernel[axis]!;
    if (typeof reach !== "number") return call.unknown(axis + 2);
    const span = (reach - 1) * dilations[axis]! + 1;
    const [begin, end] = auto === "VALID" ? [0, 0] : [pads[axis]!, pads[axis + size.length]!];
    const room = begin + end - span;
    if (typeof dim === "number" && dim + room < 0) {
      throw call.mismatch(`at least ${span} padded pixels along axis ${axis + 2}`, `${dim + begin + end}`);
    }
    // out = ⌊(dim + pads − span) / stride⌋ + 1
    const count = divide(plus(dim, room + stride), stride, ceil ? "ceil" : "floor");
    // Of windows rounded up, none begins behind the image and its first pad.
    const last = ceil && typeof dim === "number" && ((count as number) - 1) * stride >= dim + begin;
    return last ? plus(count, -1) : count;
  });
}

function windowOf(call: Call, rank: number) {
  const ones = Array<number>(rank).fill(1);
  const lists = {
    strides: call.ints("strides") ?? ones,
    dilations: (call.has("dilations") ? call.ints("dilations") : null) ?? ones,
    pads: call.ints("pads") ?? Array<number>(2 * rank).fill(0),
  };
  for (const [name, list] of Object.entries(lists)) {
    const wanted = name === "pads" ? 2 * rank : rank;
    if (list.length !== wanted) throw call.mismatch(`${wanted} ${name}`, `[${list.join(", ")}]`);
  }
  if (lists.strides.some((stride) => stride < 1))
    throw call.mismatch("positive strides", `[${lists.strides.join(", ")}]`);
  return { ...lists, auto: call.text("auto_pad") };
}

/** x [N, C, …] and w [out, C / group, …kernel]. */
export function convShape(call: Call, x: Shape = call.input(0).shape, w: Shape = call.input(1).shape): Shape {
  checkRanks(call, x, w);
  const group = call.int("group");
  const [channels, filters, own] = [x[1]!, w[0]!, w[1]!];
  if (typeof own === "number" && differ(channels, own * group)) {
    throw call.mismatch(`${own * group} channels (${group} × ${own}, from weights ${printShape(w)})`, `${channels}`);
  }
  if (typeof filters === "number" && filters % group !== 0)
    throw call.mismatch(`a multiple of ${group} filters`, `${filters}`);
  return [x[0]!, filters, ...slide(call, x.slice(2), w.slice(2))];
}

function checkRanks(call: Call, x: Shape, w: Shape): void {
  if (x.length === w.length && x.length >= 3) return;
  throw call.mismatch(`weights of the image's rank, at least 3`, `${printShape(w)} for ${printShape(x)}`);
}

/** One addition and multiplication for each output element and each weight that reaches it. */
export const convMacs = (w: Shape, output: Shape): Dim => product([...output, ...w.slice(1)]);

/** w [C, out / group, …kernel]: out = stride · (dim − 1) + output padding + span − pads */
function convTransposeShape(call: Call): Shape {
  const [x, w] = [call.input(0).shape, call.input(1).shape];
  checkRanks(call, x, w);
  if (differ(x[1]!, w[0]!)) throw call.mismatch(`${w[0]} channels, as the weights have`, `${x[1]}`);
  const { strides, dilations, pads, auto } = windowOf(call, x.length - 2);
  const given = call.ints("output_shape");
  const extra = call.ints("output_padding") ?? [];
  const size = x.slice(2).map((dim, axis): Dim => {
    if (given) return given.at(axis - (x.length - 2))!;
    const stride = strides[axis]!;
    const scaled = product([dim, stride]);
    if (auto === "SAME_UPPER" || auto === "SAME_LOWER") return scaled;
    const reach = w[axis + 2]!;
    if (typeof reach !== "number") return call.unknown(axis + 2);
    const span = (reach - 1) * dilations[axis]! + 1;
    const cut = auto === "VALID" ? 0 : pads[axis]! + pads[axis + x.length - 2]!;
    return plus(scaled, span - stride - cut + (extra[axis] ?? 0));
  });
  return [x[0]!, product([w[1]!, call.int("group")]), ...size];
}

function poolShape(call: Call): Shape {
  const { shape } = call.input(0);
  const kernel = call.ints("kernel_shape");
  if (kernel?.length !== shape.length - 2) {
    throw call.mismatch(`kernel_shape of ${shape.length - 2}`, kernel ? `[${kernel.join(", ")}]` : "none");
  }
  return [...shape.slice(0, 2), ...slide(call, shape.slice(2), kernel)];
}

const conv: Op = {
  inputs: [2, 3],
  outputs: [1, 1],
  attributes: { ...window, group: 1 },
  shapes: (call) => [convShape(call)],
  macs: (call, output) => convMacs(call.input(1).shape, output),
  weights: [1, 2],
};

export const windows: Readonly<Record<string, Op>> = {
  // y[o] = b[o] + Σ w[o, c, k] · x[c, stride · i + dilation · k − pad], over the channels of o's group
  Conv: conv,
  // y = activation(Conv(x, w, b) + z)
  "com.microsoft.FusedConv": {
    ...conv,
    inputs: [2, 4],
    attributes: { ...conv.attributes, activation: "", activation_params: null },
  },
  ConvTranspose: {
    ...conv,
    attributes: { ...conv.attributes, output_padding: null, output_shape: null },
    shapes: (call) => [convTransposeShape(call)],
    macs: (call) => product([...call.input(0).shape, ...call.input(1).shape.slice(1)]),
  },
  AveragePool: {
    inputs: [1, 1],
    outputs: [1, 1],
    attributes: { ...pool, count_include_pad: 0 },
    shapes: (call) => [poolShape(call)],
  },
  // The second output is where each largest was found.
  MaxPool: {
    inputs: [1, 1],
    outputs: [1, 2],
    attributes: { ...pool, storage_order: 0 },
    shapes: (call) => [poolShape(call), poolShape(call)],
    dtypes: [0, "int64"],
  },
  LpPool: { inputs: [1, 1], outputs: [1, 1], attributes: { ...pool, p: 2 }, shapes: (call) => [poolShape(call)] },
  ...each(["GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool"], {
    inputs: [1, 1],
    outputs: [1, 1],
    attributes: { p: 2 },
    shapes: (call) => [call.input(0).shape.map((dim, axis) => (axis < 2 ? dim : 1))],
  }),
};
