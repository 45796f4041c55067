import type { GraphBuilder, Value } from "../onnx/builder.ts";
import type { Shape } from "../onnx/ops/dim.ts";
import type { Random } from "../tensor/random.ts";
import { sizeOf } from "../tensor/tensor.ts";

/** How starting values are drawn: mean 0, and a deviation that may depend on the weights' shape. */
export type Init = {
  deviation(shape: readonly number[]): number;
  /** Of deviation 1. */
  draw(random: Random): number;
};

/** N(0, deviation²) */
export const normal = (deviation: number): Init => ({ deviation: () => deviation, draw: (random) => random.normal() });

/** Kaiming's for layers before a ReLU, by what goes out: N(0, 2 / (out · kernel)). */
export const kaimingFanOut: Init = {
  deviation: ([out, , ...kernel]) => Math.sqrt(2 / (out! * sizeOf(kernel))),
  draw: (random) => random.normal(),
};

/** torch's own for Linear, weights and bias: uniform in ±1/√in. */
export const torchLinear = (inputs: number): Init => ({
  deviation: () => 1 / Math.sqrt(3 * inputs),
  draw: (random) => Math.sqrt(3) * (2 * random.uniform() - 1),
});

export const PRELU_SLOPE = 0.25;

/** The mean square of pixels in ±1, evenly spread. */
const IMAGE_POWER = 1 / 3;

/** PyTorch's default. */
export const BN_EPSILON = 1e-5;

export type ConvOptions = {
  /** Side; default 3. */
  readonly kernel?: number;
  readonly stride?: number;
  /** Default: as many pixels as let stride 1 keep the size. */
  readonly pad?: number;
  readonly groups?: number;
  readonly init: Init;
};

/**
 * The layers that face networks are made of, by PyTorch's names: each makes its weights under `name` as the state dict
 * has them (`layer1.0.conv1.weight`). Networks are described in these words alone, so that another implementation can
 * make another graph of them, for training.
 */
export interface Layers<V extends Shaped = Value> {
  /** The same, under `name.` */
  in(name: string): Layers<V>;
  /** Square, without bias. */
  conv(name: string, x: V, filters: number, options: ConvOptions): V;
  /** @param options.frozenScale the scale is 1 and is not learnt. */
  batchNorm(name: string, x: V, options?: { readonly frozenScale?: boolean }): V;
  prelu(name: string, x: V): V;
  /** Over [N, in]. `init` absent: torch's default, with a bias; present: without one. */
  linear(name: string, x: V, outputs: number, init?: Init): V;
  add(a: V, b: V): V;
  flatten(x: V): V;
  /** While training, a value is 0 with probability `rate`, else divided by 1 − rate. */
  dropout(name: string, x: V, rate: number): V;
}

/** What stands for a value while a network is described: implementations of `Layers` may hold it unfinished. */
export type Shaped = { readonly shape: Shape };

/**
 * Layers as they run: batch normalisation by running statistics, dropout absent. The statistics (mean 0, and as
 * variance what the starting weights make of white noise) keep values of the order of 1 however deep the network is.
 *
 * @param power the mean square of each value, as far as it was followed.
 */
export function inferenceLayers(g: GraphBuilder, random: Random, power: Map<string, number> = new Map()): Layers {
  const drawn = (name: string, shape: readonly number[], init: Init): Value => {
    const deviation = init.deviation(shape);
    const data = new Float32Array(sizeOf(shape));
    for (let i = 0; i < data.length; i++) data[i] = deviation * init.draw(random);
    return g.constant(name, shape, data);
  };
  const filled = (name: string, shape: readonly number[], value: number): Value =>
    g.constant(name, shape, new Float32Array(sizeOf(shape)).fill(value));
  const powerOf = ({ name }: Value): number => power.get(name) ?? IMAGE_POWER;
  const ofPower = (value: Value, meanSquare: number): Value => {
    power.set(value.name, meanSquare);
    return value;
  };

  return {
    in: (name) => inferenceLayers(g.scope(name), random, power),
    conv(name, x, filters, { kernel = 3, stride = 1, pad = (kernel - 1) / 2, groups = 1, init }) {
      const shape = [filters, channelsOf(x) / groups, kernel, kernel];
      const w = drawn(`${name}.weight`, shape, init);
      const y = g.conv(x, w, { name, strides: [stride, stride], pads: [pad, pad, pad, pad], group: groups });
      return ofPower(y, powerOf(x) * sizeOf(shape.slice(1)) * init.deviation(shape) ** 2);
    },
    batchNorm(name, x) {
      const shape = [channelsOf(x)];
      const scale = filled(`${name}.weight`, shape, 1);
      const shift = filled(`${name}.bias`, shape, 0);
      const mean = filled(`${name}.running_mean`, shape, 0);
      const variance = filled(`${name}.running_var`, shape, powerOf(x));
      return ofPower(g.batchNorm(x, [scale, shift, mean, variance], { name, epsilon: BN_EPSILON }), 1);
    },
    prelu(name, x) {
      const slope = filled(`${name}.weight`, [channelsOf(x), 1, 1], PRELU_SLOPE);
      return ofPower(g.prelu(x, slope, { name }), (powerOf(x) * (1 + PRELU_SLOPE ** 2)) / 2);
    },
    linear(name, x, outputs, init) {
      const inputs = channelsOf(x);
      const shape = [outputs, inputs];
      const chosen = init ?? torchLinear(inputs);
      const w = drawn(`${name}.weight`, shape, chosen);
      const b = init ? null : drawn(`${name}.bias`, [outputs], chosen);
      const square = chosen.deviation(shape) ** 2;
      return ofPower(g.gemm(x, w, b, { name }), square * (powerOf(x) * inputs + (b ? 1 : 0)));
    },
    add: (a, b) => ofPower(g.add(a, b), powerOf(a) + powerOf(b)),
    flatten: (x) => ofPower(g.flatten(x), powerOf(x)),
    dropout: (_, x) => x,
  };
}

/** Of [N, C, …]; a network's channels are numbers. */
const channelsOf = ({ shape }: Value): number => shape[1] as number;
