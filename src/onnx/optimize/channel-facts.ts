import type { Channels, Role } from "./channel-groups.ts";
import type { Layer } from "./layers.ts";

/**
 * What each channel of a value is, as far as weights tell: it keeps within `spread` of `value`, where 1 is what values
 * usually do (activations of trained networks are of the order of 1) and also the most: 0 is a constant.
 */
export type ChannelFacts = { readonly value: Float64Array; readonly spread: Float64Array };

/** A layer's weights, a number for each pair of output and input channel: sums over the kernel and over pixels. */
export type Mixing = {
  readonly sum: Float64Array;
  readonly size: Float64Array;
  readonly channels: number;
};

export function mixingOf({ weights, outputs, inputs, blocks }: Layer, pixels: number): Mixing {
  const channels = inputs / pixels;
  const [sum, size] = [new Float64Array(outputs * channels), new Float64Array(outputs * channels)];
  blocks((output, input, start, end) => {
    const place = output * channels + Math.floor(input / pixels);
    for (let i = start; i < end; i++) {
      sum[place]! += weights[i]!;
      size[place]! += Math.abs(weights[i]!);
    }
  });
  return { sum, size, channels };
}

/**
 * How far a channel makes a layer's output stray from what it is without it, its value taken as a constant; where zeros
 * are put around the image, they stray by the value itself.
 */
export const strayOf = ({ value, spread }: ChannelFacts, channel: number, padded: boolean): number =>
  spread[channel]! + (padded ? Math.abs(value[channel]!) : 0);

/** Of every value whose channels are known, from the graph's inputs on. */
export function channelFacts(
  { roles, groupOf }: Channels,
  mixings: ReadonlyMap<Role, Mixing>,
): ReadonlyMap<string, ChannelFacts> {
  const facts = new Map<string, ChannelFacts>();
  /** What nothing is known of. */
  const anything = (name: string): ChannelFacts => {
    const channels = groupOf.get(name)?.channels ?? 0;
    return { value: new Float64Array(channels), spread: new Float64Array(channels).fill(1) };
  };
  const of = (name: string): ChannelFacts => facts.get(name) ?? anything(name);
  for (const role of roles) {
    const { node } = role;
    if (role.kind === "unknown") continue;
    const [x, y] = [of(node.input[0]!), node.output[0]!];
    if (!groupOf.has(y)) continue;
    if (role.kind === "flattens") facts.set(y, x);
    else if (role.kind === "adds") facts.set(y, sumOf(node.input.map(of)));
    else if (role.kind === "each") {
      const spread = x.spread.map((s, c) => Math.min(1, s * role.op.gain(c)));
      facts.set(y, { value: x.value.map(role.op.value), spread });
    } else facts.set(y, throughLayer(x, role.layer, mixings.get(role)!));
  }
  return facts;
}

const sumOf = (terms: readonly ChannelFacts[]): ChannelFacts => ({
  value: terms[0]!.value.map((_, c) => terms.reduce((sum, { value }) => sum + value[c]!, 0)),
  spread: terms[0]!.spread.map((_, c) =>
    Math.min(
      1,
      terms.reduce((sum, { spread }) => sum + spread[c]!, 0),
    ),
  ),
});

function throughLayer(
  x: ChannelFacts,
  { outputs, bias, padded, group }: Layer,
  { sum, size, channels }: Mixing,
): ChannelFacts {
  const [value, spread] = [Float64Array.from(bias), new Float64Array(outputs)];
  for (let output = 0; output < outputs; output++) {
    const [from, to] = group === 1 ? [0, channels] : [output, output + 1];
    for (let input = from; input < to; input++) {
      const place = output * channels + input;
      if (size[place] === 0) continue;
      value[output]! += sum[place]! * x.value[input]!;
      spread[output]! += size[place]! * strayOf(x, input, padded);
    }
    spread[output] = Math.min(1, spread[output]!);
  }
  return { value, spread };
}
