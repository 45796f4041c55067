import type { GraphBuilder, Value } from "../builder.ts";
import { convInputGradient } from "../gradients/conv.ts";
import type { Call } from "../ops/op.ts";
import type { Vjps } from "./rule.ts";
import { type Walk, walkOf } from "./window.ts";
import { div, num, reshape, scale, sizes, stretch } from "./words.ts";

const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
const zeros = (g: GraphBuilder, shape: readonly number[]): Value => stretch(g, num(g, 0), shape);

export const pools: Vjps = {
  // To where each largest was found; of equal ones to the first, as torch's.
  MaxPool: ({ g, dy, x: [x], y, call, outputs: [, given] }) => {
    const { kernel, strides, dilations, pads } = walkOf(call, x!, y, call.ints("kernel_shape")!);
    if (call.int("storage_order") !== 0) throw call.mismatch("places in rows", "storage_order 1");
    const attributes = { kernel_shape: kernel, strides, dilations, pads, ceil_mode: call.int("ceil_mode") };
    const places = given ?? g.nodes("MaxPool", [x!], { attributes, outputs: 2 })[1]!;
    const flat = g.node(
      "ScatterElements",
      [zeros(g, [count(sizes(x!))]), reshape(g, places, [-1]), reshape(g, dy, [-1])],
      {
        attributes: { reduction: "add" },
      },
    );
    return [reshape(g, flat, sizes(x!))];
  },
  // dy / count, through a depthwise convolution of ones the other way
  AveragePool: ({ g, dy, x: [x], y, call }) => {
    const walk = walkOf(call, x!, y, call.ints("kernel_shape")!);
    const [, C, ...size] = sizes(x!);
    const out = sizes(y).slice(2);
    // Windows that were rounded up reach past the pads.
    const pads = walk.pads.map((pad, i) => {
      const axis = i % 2;
      const reach = (out[axis]! - 1) * walk.strides[axis]! + walk.kernel[axis]!;
      return i < 2 ? pad : Math.max(pad, reach - size[axis]! - walk.pads[axis]!);
    });
    const counts = g.literal([1, 1, ...out], countsOf(call, walk, size, out));
    const ones = stretch(g, num(g, 1), [C!, 1, ...walk.kernel]);
    const { strides } = walk;
    return [convInputGradient(g, { w: ones, dy: div(g, dy, counts), inputShape: sizes(x!), strides, pads, group: C! })];
  },
  GlobalAveragePool: ({ g, dy, x: [x] }) => [stretch(g, scale(g, dy, 1 / count(sizes(x!).slice(2))), sizes(x!))],
  GlobalMaxPool: ({ g, dy, x: [x] }) => {
    const rows = [...sizes(x!).slice(0, 2), count(sizes(x!).slice(2))];
    const place = g.node("ArgMax", [reshape(g, x!, rows)], { attributes: { axis: 2 } });
    const values = reshape(g, dy, [rows[0]!, rows[1]!, 1]);
    const spread = g.node("ScatterElements", [zeros(g, rows), place, values], { attributes: { axis: 2 } });
    return [reshape(g, spread, sizes(x!))];
  },
};

/** Pixels that each average is taken over: those of the image, or of its pads too. */
function countsOf(
  call: Call,
  { kernel, strides, pads, dilations }: Walk,
  size: readonly number[],
  out: readonly number[],
): Float32Array<ArrayBuffer> {
  if (dilations.some((d) => d !== 1)) throw call.mismatch("no dilation", `${dilations}`);
  const padded = call.int("count_include_pad") === 1;
  const [high, wide] = [0, 1].map((axis) => {
    const [least, most] = padded ? [-pads[axis]!, size[axis]! + pads[axis + 2]!] : [0, size[axis]!];
    return Array.from({ length: out[axis]! }, (_, i) => {
      const start = i * strides[axis]! - pads[axis]!;
      return Math.min(start + kernel[axis]!, most) - Math.max(start, least);
    });
  });
  return Float32Array.from(high!.flatMap((h) => wide!.map((w) => h * w)));
}
