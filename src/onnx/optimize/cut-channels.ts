import { AttributeType, change, createAttribute, type NodeProto, type TensorProto } from "../schema.ts";
import type { ChannelFacts, Mixing } from "./channel-facts.ts";
import type { ChannelGroup, Channels, Role } from "./channel-groups.ts";
import type { ChannelOp } from "./channel-ops.ts";
import { dimsOf, floatsOf } from "./floats.ts";
import { type Layer, withWeights } from "./layers.ts";
import type { Rewrite } from "./rewrite.ts";

/** The channels that stay, by group, in order; groups that stay whole are not in it. */
export type Cuts = ReadonlyMap<ChannelGroup, readonly number[]>;

export type Cutting = {
  readonly channels: Channels;
  readonly cuts: Cuts;
  readonly facts: ReadonlyMap<string, ChannelFacts>;
  readonly mixings: ReadonlyMap<Role, Mixing>;
  readonly constants: ReadonlyMap<string, TensorProto>;
  readonly rewrite: Rewrite;
};

/**
 * A node without the channels that are cut from what it reads and makes; what a constant channel gave to a layer goes
 * into its bias. The same node where nothing changes for it.
 */
export function cutNode(role: Role, cutting: Cutting): NodeProto {
  const { channels, cuts, facts, mixings } = cutting;
  const { node } = role;
  const keptOf = (name: string): readonly number[] | undefined => cuts.get(channels.groupOf.get(name)!);
  const [read, made] = [keptOf(node.input[0]!), keptOf(node.output[0]!)];
  if (role.kind === "each") return made ? cutOperands(node, role.op, made, cutting) : node;
  if (role.kind === "depthwise") return made ? cutDepthwise(role.layer, made, cutting) : node;
  if (role.kind !== "mixes" || (!read && !made)) return node;
  const { layer, pixels } = role;
  const bias = Float64Array.from(layer.bias);
  if (read) addConstants(bias, read, facts.get(node.input[0]!)!, mixings.get(role)!);
  return cutLayer(layer, pixels, read, made, bias, cutting);
}

/** Numbers a channel (slopes, a batch normalisation's) without those of the channels that go. */
function cutOperands(
  node: NodeProto,
  { perChannel }: ChannelOp,
  kept: readonly number[],
  { constants, rewrite }: Cutting,
): NodeProto {
  if (perChannel.length === 0) return node;
  const input = [...node.input];
  for (const { input: at, axis } of perChannel) {
    const tensor = constants.get(input[at]!)!;
    const values = floatsOf(tensor)!;
    const dims = dimsOf(tensor).map((dim, i) => (i === axis ? kept.length : dim));
    input[at] = rewrite.constant(
      input[at]!,
      dims,
      Float32Array.from(kept, (c) => values[c]!),
    );
  }
  return change(node, { input });
}

function cutDepthwise(layer: Layer, kept: readonly number[], { rewrite }: Cutting): NodeProto {
  const stays = new Set(kept);
  const weights = weightsOf(layer, (output) => stays.has(output));
  const bias = Float32Array.from(kept, (c) => layer.bias[c]!);
  const dims = [kept.length, ...layer.dims.slice(1)];
  const node = withWeights({ ...layer, dims }, weights, bias, rewrite);
  const group = createAttribute({ name: "group", type: AttributeType.INT, i: BigInt(kept.length) });
  return change(node, { attribute: [...node.attribute.filter(({ name }) => name !== "group"), group] });
}

/** What the channels that go gave to each output, their values taken as constants. */
function addConstants(bias: Float64Array, kept: readonly number[], { value }: ChannelFacts, { sum, channels }: Mixing) {
  const stays = new Set(kept);
  for (let o = 0; o < bias.length; o++) {
    for (let c = 0; c < channels; c++) if (!stays.has(c)) bias[o]! += sum[o * channels + c]! * value[c]!;
  }
}

/** @param read the channels of its input that stay, `made` those of its output; absent: all. */
function cutLayer(
  layer: Layer,
  pixels: number,
  read: readonly number[] | undefined,
  made: readonly number[] | undefined,
  bias: Float64Array,
  { rewrite }: Cutting,
): NodeProto {
  const [inputs, outputs] = [read && new Set(read), made && new Set(made)];
  const stays = (output: number, input: number): boolean =>
    (outputs?.has(output) ?? true) && (inputs?.has(Math.floor(input / pixels)) ?? true);
  const weights = weightsOf(layer, stays);
  const dims = layer.dimsOf(made?.length ?? layer.outputs, read ? read.length * pixels : layer.inputs);
  const own = Float32Array.from(made ?? bias.keys(), (o) => bias[o]!);
  return withWeights({ ...layer, dims }, weights, own, rewrite);
}

/** What stays, in the order it was, is the smaller array. */
function weightsOf(
  { weights, blocks }: Layer,
  stays: (output: number, input: number) => boolean,
): Float32Array<ArrayBuffer> {
  const kept = new Float32Array(weights.length);
  let length = 0;
  blocks((output, input, start, end) => {
    if (!stays(output, input)) return;
    kept.set(weights.subarray(start, end), length);
    length += end - start;
  });
  return kept.slice(0, length);
}
