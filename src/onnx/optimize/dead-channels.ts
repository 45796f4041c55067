import { change, type ModelProto } from "../schema.ts";
import { type ChannelFacts, channelFacts, type Mixing, mixingOf, strayOf } from "./channel-facts.ts";
import { type ChannelGroup, type Channels, channelGroups, type Role } from "./channel-groups.ts";
import { cutNode } from "./cut-channels.ts";
import { indexGraph } from "./graph-index.ts";
import { rewriteOf } from "./rewrite.ts";

export type DeadChannelOptions = {
  /**
   * A channel is dead where it changes no output of any layer that reads it by more than this part of what the layer's
   * largest channel may. Default 1e-8: below the rounding of the layer's sum in float32.
   */
  readonly threshold?: number;
  /** As many channels are left as a multiple of this, filled up with the least dead ones. Default 4: ONNX Runtime's blocked convolutions
   * take no other numbers. */
  readonly multiple?: number;
};

/** One round may kill what only dead channels read. */
const MOST_ROUNDS = 10;

/**
 * Leave out the channels that do not reach any answer: those that nothing reads, and those that are the same number for
 * any input, which goes into the bias of who reads them. They go through convolutions, depthwise ones too,
 * activations, batch normalisation, pooling and sums (where both sides are dead), up to fully-connected layers.
 *
 * Weights decide, not data: a channel's weights may be as large as they like, if those that read it are small. It is
 * assumed that activations are of the order of 1; compare outputs before and after.
 *
 * @returns `model` itself where none is dead.
 */
export function deadChannels(model: ModelProto, options: DeadChannelOptions = {}): ModelProto {
  let now = model;
  for (let round = 0; round < MOST_ROUNDS && now.graph; round++) {
    const next = withoutDead(now, options);
    if (next === now) break;
    now = next;
  }
  return now;
}

function withoutDead(model: ModelProto, { threshold = 1e-8, multiple = 4 }: DeadChannelOptions): ModelProto {
  const graph = model.graph!;
  const channels = channelGroups(model);
  const mixings = new Map(
    channels.roles.flatMap((role) => {
      if (role.kind !== "mixes" && role.kind !== "depthwise") return [];
      return [[role, mixingOf(role.layer, role.kind === "mixes" ? role.pixels : 1)] as const];
    }),
  );
  const facts = channelFacts(channels, mixings);
  const weights = influences(channels, facts, mixings);
  const cuts = new Map<ChannelGroup, readonly number[]>();
  for (const [group, influence] of weights) {
    const kept = keptOf(influence, threshold, multiple);
    if (kept.length < group.channels) cuts.set(group, kept);
  }
  if (cuts.size === 0) return model;
  const rewrite = rewriteOf(graph);
  const { constants } = indexGraph(graph);
  for (const role of channels.roles) {
    const node = cutNode(role, { channels, cuts, facts, mixings, constants, rewrite });
    if (node !== role.node) rewrite.replace(role.node, [node]);
  }
  const cut = rewrite.done(model);
  // What the file says of sizes in between is no longer so, and nothing needs it.
  return change(cut, { graph: change(cut.graph!, { valueInfo: [] }) });
}

/** Of the channels of every group that may lose some: the largest part that any layer gets of it, of its largest's. */
function influences(
  { roles, groupOf }: Channels,
  facts: ReadonlyMap<string, ChannelFacts>,
  mixings: ReadonlyMap<Role, Mixing>,
): Map<ChannelGroup, Float64Array> {
  const found = new Map<ChannelGroup, Float64Array>();
  for (const group of groupOf.values()) if (group.free) found.set(group, new Float64Array(group.channels));
  for (const role of roles) {
    if (role.kind !== "mixes") continue;
    const name = role.node.input[0]!;
    const influence = found.get(groupOf.get(name)!);
    const x = facts.get(name);
    if (!influence || !x) continue;
    const parts = partsOf(x, mixings.get(role)!, role.layer.outputs, role.layer.padded);
    const largest = Math.max(...parts);
    for (const [c, part] of parts.entries()) influence[c] = Math.max(influence[c]!, largest > 0 ? part / largest : 0);
  }
  return found;
}

function partsOf(x: ChannelFacts, { size, channels }: Mixing, outputs: number, padded: boolean): Float64Array {
  const parts = new Float64Array(channels);
  for (let c = 0; c < channels; c++) {
    const stray = strayOf(x, c, padded);
    for (let o = 0; o < outputs; o++) parts[c] = Math.max(parts[c]!, size[o * channels + c]! * stray);
  }
  return parts;
}

/** The channels that stay, in order: at least one. */
function keptOf(influence: Float64Array, threshold: number, multiple: number): number[] {
  const live = influence.filter((x) => x > threshold).length;
  const wanted = Math.min(influence.length, Math.max(1, Math.ceil(live / multiple)) * multiple);
  const order = [...influence.keys()].sort((a, b) => influence[b]! - influence[a]! || a - b);
  return order.slice(0, wanted).sort((a, b) => a - b);
}
