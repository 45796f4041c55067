import type { GraphBuilder, Value } from "../builder.ts";
import { sizes, transpose } from "../vjp/words.ts";
import type { Runtime } from "./window.ts";

const IN = "com.microsoft.nchwc.ReorderInput";
const OUT = "com.microsoft.nchwc.ReorderOutput";

/**
 * [N, C, H, W] → [N, H, W, C]. Through the blocked layout where there is one: its reorderings run on all threads, a Transpose
 * on one.
 */
export function channelsLast(g: GraphBuilder, x: Value, { block, layouts }: Runtime): Value {
  const known = layouts?.get(x);
  if (known) return known;
  const C = sizes(x)[1]!;
  const made =
    block && C % block === 0
      ? g.node(OUT, [g.node(IN, [x])], { attributes: { channels: C, channels_last: 1 } })
      : transpose(g, x, [0, 2, 3, 1]);
  layouts?.set(x, made);
  return made;
}

/** [N, H, W, C] → [N, C, H, W]. */
export function channelsFirst(g: GraphBuilder, x: Value, { block }: Runtime): Value {
  const C = sizes(x)[3]!;
  if (!block || C % block !== 0) return transpose(g, x, [0, 3, 1, 2]);
  return g.node(OUT, [g.node(IN, [x], { attributes: { channels_last: 1 } })], { attributes: { channels: C } });
}
