import { opName } from "../ops.ts";
import type { NodeProto, TensorProto } from "../schema.ts";
import { normOf } from "./batch-norms.ts";
import { dimsOf, floatsOf } from "./floats.ts";

/** What an operator does to each channel by itself. */
export type ChannelOp = {
  /** Of a channel that is one number everywhere. */
  readonly value: (x: number, channel: number) => number;
  /** How much it may stretch the distance of two values. */
  readonly gain: (channel: number) => number;
  /** Inputs with a number each channel along an axis of their own. */
  readonly perChannel: readonly { readonly input: number; readonly axis: number }[];
};

type Rule = (node: NodeProto, constants: ReadonlyMap<string, TensorProto>, channels: number) => ChannelOp | null;

const plain =
  (value: (x: number) => number): Rule =>
  ({ input }) =>
    input.length === 1 ? { value, gain: () => 1, perChannel: [] } : null;

const RULES: Readonly<Record<string, Rule>> = {
  Abs: plain(Math.abs),
  GlobalAveragePool: plain((x) => x),
  GlobalMaxPool: plain((x) => x),
  Identity: plain((x) => x),
  // What it pads with is below everything.
  MaxPool: (node, constants, channels) =>
    node.output.length === 1 ? plain((x) => x)(node, constants, channels) : null,
  Neg: plain((x) => -x),
  Relu: plain((x) => Math.max(x, 0)),
  Sigmoid: plain((x) => 1 / (1 + Math.exp(-x))),
  Tanh: plain(Math.tanh),
  LeakyRelu({ attribute }) {
    const slope = attribute.find(({ name }) => name === "alpha")?.f ?? 0.01;
    return { value: (x) => (x < 0 ? slope * x : x), gain: () => Math.max(1, Math.abs(slope)), perChannel: [] };
  },
  Clip({ input }, constants) {
    const bound = (name: string | undefined, absent: number): number | null =>
      name ? (floatsOf(constants.get(name))?.[0] ?? null) : absent;
    // Until opset 10 they are attributes, and an absent one is as here.
    const [least, most] = [bound(input[1], -Infinity), bound(input[2], Infinity)];
    if (input.length === 1 || least === null || most === null) return null;
    return { value: (x) => Math.min(Math.max(x, least), most), gain: () => 1, perChannel: [] };
  },
  PRelu({ input }, constants, channels) {
    const tensor = constants.get(input[1]!);
    const slopes = floatsOf(tensor);
    if (!tensor || !slopes) return null;
    const dims = dimsOf(tensor);
    const axis = slopes.length === 1 && channels > 1 ? -1 : dims.length - 3;
    if (axis >= 0 && (dims[axis] !== channels || slopes.length !== channels)) return null;
    if (axis < 0 && slopes.length > 1) return null;
    const slope = (c: number): number => slopes[axis < 0 ? 0 : c]!;
    return {
      value: (x, c) => (x < 0 ? slope(c) * x : x),
      gain: (c) => Math.max(1, Math.abs(slope(c))),
      perChannel: axis < 0 ? [] : [{ input: 1, axis }],
    };
  },
  BatchNormalization(node, constants, channels) {
    const norm = normOf(node, constants);
    if (norm?.factor.length !== channels) return null;
    return {
      value: (x, c) => x * norm.factor[c]! + norm.offset[c]!,
      gain: (c) => Math.abs(norm.factor[c]!),
      perChannel: [1, 2, 3, 4].map((input) => ({ input, axis: 0 })),
    };
  },
};

/** Null for an operator that mixes channels, or one that is not known here. Its first input is what it works on. */
export function channelOpOf(
  node: NodeProto,
  constants: ReadonlyMap<string, TensorProto>,
  channels: number,
): ChannelOp | null {
  const name = opName(node);
  return Object.hasOwn(RULES, name) ? RULES[name]!(node, constants, channels) : null;
}
