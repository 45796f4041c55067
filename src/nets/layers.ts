import type { GraphBuilder, Value } from "../onnx/builder.ts";
import type { Random } from "../tensor/random.ts";
import { sizeOf } from "../tensor/tensor.ts";

/** Where the starting values of weights of a shape are drawn from. */
export type Init = (random: Random, shape: readonly number[]) => () => number;

/** N(0, deviation²) */
export const normal =
  (deviation: number): Init =>
  (random) =>
  () =>
    deviation * random.normal();

/** Kaiming's for layers before a ReLU, by what goes out: N(0, 2 / (out · kernel)). */
export const kaimingFanOut: Init = (random, shape) => {
  const [out, , ...kernel] = shape;
  return normal(Math.sqrt(2 / (out! * sizeOf(kernel))))(random, shape);
};

/** torch's own for Linear, weights and bias: uniform in ±1/√in. */
const torchLinear =
  (inputs: number): Init =>
  (random) =>
  () =>
    (2 * random.uniform() - 1) / Math.sqrt(inputs);

/** PyTorch's default. */
const BN_EPSILON = 1e-5;

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
export interface Layers {
  /** The same, under `name.` */
  in(name: string): Layers;
  /** Square, without bias. */
  conv(name: string, x: Value, filters: number, options: ConvOptions): Value;
  batchNorm(name: string, x: Value): Value;
  prelu(name: string, x: Value): Value;
  /** Over [N, in]. `init` absent: torch's default, with a bias; present: without one. */
  linear(name: string, x: Value, outputs: number, init?: Init): Value;
  add(a: Value, b: Value): Value;
  flatten(x: Value): Value;
}

/** Layers as they run: batch normalisation by running statistics (mean 0, variance 1), dropout absent. */
export function inferenceLayers(g: GraphBuilder, random: Random): Layers {
  const drawn = (name: string, shape: readonly number[], init: Init): Value => {
    const draw = init(random, shape);
    const data = new Float32Array(sizeOf(shape));
    for (let i = 0; i < data.length; i++) data[i] = draw();
    return g.constant(name, shape, data);
  };
  const filled = (name: string, shape: readonly number[], value: number): Value =>
    g.constant(name, shape, new Float32Array(sizeOf(shape)).fill(value));

  return {
    in: (name) => inferenceLayers(g.scope(name), random),
    conv(name, x, filters, { kernel = 3, stride = 1, pad = (kernel - 1) / 2, groups = 1, init }) {
      const w = drawn(`${name}.weight`, [filters, channelsOf(x) / groups, kernel, kernel], init);
      return g.conv(x, w, { name, strides: [stride, stride], pads: [pad, pad, pad, pad], group: groups });
    },
    batchNorm(name, x) {
      const shape = [channelsOf(x)];
      const scale = filled(`${name}.weight`, shape, 1);
      const shift = filled(`${name}.bias`, shape, 0);
      const mean = filled(`${name}.running_mean`, shape, 0);
      const variance = filled(`${name}.running_var`, shape, 1);
      return g.batchNorm(x, [scale, shift, mean, variance], { name, epsilon: BN_EPSILON });
    },
    prelu: (name, x) => g.prelu(x, filled(`${name}.weight`, [channelsOf(x), 1, 1], 0.25), { name }),
    linear(name, x, outputs, init) {
      const inputs = channelsOf(x);
      const w = drawn(`${name}.weight`, [outputs, inputs], init ?? torchLinear(inputs));
      const b = init ? null : drawn(`${name}.bias`, [outputs], torchLinear(inputs));
      return g.gemm(x, w, b, { name });
    },
    add: (a, b) => g.add(a, b),
    flatten: (x) => g.flatten(x),
  };
}

/** Of [N, C, …]; a network's channels are numbers. */
const channelsOf = ({ shape }: Value): number => shape[1] as number;
