import type { GraphBuilder, Value } from "../../onnx/builder.ts";
import { convInputGradient, convolution, convWeightGradient } from "../../onnx/gradients/conv.ts";
import type { Mask, Parameter, Statistic } from "../../onnx/parameter.ts";
import { mul, neg, reshape, sum } from "../../onnx/vjp/words.ts";
import type { Random } from "../../tensor/random.ts";
import { sizeOf } from "../../tensor/tensor.ts";
import { BN_EPSILON, type Init, type Layers, PRELU_SLOPE, torchLinear } from "../layers.ts";
import type { Net } from "../registry.ts";
import { type Activation, activation, gradientOf, lazyAffine, unscaled } from "./activation.ts";
import { normalise, normaliseBack, running } from "./batch-norm.ts";
import { affine, after } from "./passes.ts";
import { prelu, preluBack } from "./prelu.ts";
import type { TrainingNet } from "./training-net.ts";

export type TrainingOptions = {
  /** Where starting weights are drawn from: the same ones as `buildModel`'s. */
  readonly random: Random;
  /** Of the running statistics; default 0.1, torch's. */
  readonly momentum?: number;
  /** Of the runtime's blocked layout: train/block-size.node.ts. Default `null`: not used. */
  readonly block?: number | null;
};

/** What the layers share while the network is described. */
type Shared = {
  readonly g: GraphBuilder;
  readonly random: Random;
  readonly momentum: number;
  readonly block: number | null;
  readonly parameters: Parameter[];
  readonly statistics: Statistic[];
  readonly masks: Mask[];
  readonly gradients: Map<string, Value>;
  /** Gradients of weights that nothing on the way back waits for yet. */
  readonly waiting: Value[];
  /** The way back, in the order of the way forward. */
  readonly tape: (() => void)[];
};

/**
 * A network of our own in a training graph: batch normalisation by the batch's statistics, fused with what follows it.
 *
 * @param images [N, 3, H, W], sizes known.
 */
export function trainingNet(
  g: GraphBuilder,
  net: Net,
  images: Value,
  { random, momentum = 0.1, block = null }: TrainingOptions,
): TrainingNet {
  const parts = { parameters: [], statistics: [], masks: [] };
  const shared: Shared = { g, random, momentum, block, ...parts, gradients: new Map(), waiting: [], tape: [] };
  const end = net(trainingLayers(shared, ""), activation(images));
  return {
    output: end.tensor(),
    ...parts,
    backward(dOutput) {
      end.parts.push({ value: dOutput });
      for (const back of shared.tape.reverse()) back();
      return shared.gradients;
    },
  };
}

function trainingLayers(shared: Shared, prefix: string): Layers<Activation> {
  const { g, tape, gradients, waiting, block } = shared;
  const inTurn = (value: Value): Value => after(g, value, waiting.splice(0));
  const named = (name: string) => (prefix === "" ? name : `${prefix}.${name}`);
  const scoped = prefix === "" ? g : g.scope(prefix);
  const parameter = (name: string, shape: readonly number[], initial: Float32Array<ArrayBuffer>): Parameter => {
    const made = { name, shape, value: g.input(name, shape), initial };
    shared.parameters.push(made);
    return made;
  };
  const drawn = (name: string, shape: readonly number[], init: Init): Parameter => {
    const deviation = init.deviation(shape);
    const data = new Float32Array(sizeOf(shape));
    for (let i = 0; i < data.length; i++) data[i] = deviation * init.draw(shared.random);
    return parameter(name, shape, data);
  };
  const filled = (name: string, shape: readonly number[], value: number): Parameter =>
    parameter(name, shape, new Float32Array(sizeOf(shape)).fill(value));

  return {
    in: (name) => trainingLayers(shared, named(name)),

    conv(name, x, filters, { kernel = 3, stride = 1, pad = (kernel - 1) / 2, groups = 1, init }) {
      const [N, channels, ...size] = x.shape as [number, number, number, number];
      const weight = drawn(`${named(name)}.weight`, [filters, channels / groups, kernel, kernel], init);
      const w = weight.value;
      const window = { strides: [stride, stride], pads: [pad, pad, pad, pad], group: groups };
      const input = x.tensor();
      const signs = x.sign && groups === 1 ? reshape(g, x.sign, [1, channels, 1, 1]) : null;
      const taken = x.sign && !signs ? affine(g, input, { scale: x.sign }) : input;
      const product = (bias?: Value): Value => {
        const by = signs ? mul(g, w, signs) : w;
        return convolution(scoped.scope(name), { x: taken, w: by, bias, ...window, block });
      };
      let made: Value | undefined;
      const y: Activation = {
        shape: [N, filters, ...size.map((side) => Math.floor((side + 2 * pad - kernel) / stride) + 1)],
        tensor: () => {
          made ??= product();
          return made;
        },
        plus: (by) => {
          made ??= product(by);
          return made;
        },
        parts: [],
      };
      tape.push(() => {
        const part = gradientOf(g, y);
        if (!part) return;
        const dy = part.value;
        const scale = part.scale && reshape(g, part.scale, [filters, 1, 1, 1]);
        const runtime = { block, layouts: new Map<Value, Value>() };
        const [back, backW] = [scoped.scope(`${name}.∂x`), scoped.scope(`${name}.∂w`)];
        if (input.name !== "images") {
          const scaled = scale ? mul(g, w, scale) : w;
          x.parts.push({
            value: convInputGradient(back, { w: scaled, dy, inputShape: x.shape, ...window, ...runtime }),
          });
        }
        let dw = convWeightGradient(backW, { x: taken, dy, kernel: [kernel, kernel], ...window, ...runtime });
        if (scale) dw = mul(g, dw, scale);
        gradients.set(weight.name, signs ? mul(g, dw, signs) : dw);
        waiting.push(dw);
      });
      return y;
    },

    batchNorm(name, x, { frozenScale = false } = {}) {
      const [N, C] = x.shape as [number, number];
      const own = named(name);
      const gamma = frozenScale ? null : filled(`${own}.weight`, [C], 1);
      const beta = filled(`${own}.bias`, [C], 0);
      const flat = x.shape.length === 2;
      const olds = (["running_mean", "running_var"] as const).map((statistic, i) => {
        const initial = new Float32Array(C).fill(i);
        return { name: `${own}.${statistic}`, shape: [C], value: g.input(`${own}.${statistic}`, [C]), initial };
      });
      const [oldMean, oldVariance] = olds.map(({ value }) => value) as [Value, Value];
      // Less the running mean, so that E[x²] − E[x]² keeps its digits where the mean is large.
      const centred = x.plus?.(neg(g, oldMean));
      const tensor = centred ?? x.tensor();
      const input = flat ? reshape(g, tensor, [N, C, 1, 1]) : tensor;
      // Of σ·x, the mean turns its sign, and so does the scale that is applied to x.
      const signed = (value: Value) => (x.sign ? mul(g, value, x.sign) : value);
      const one = () => g.literal([C], new Float32Array(C).fill(1));
      const applied = gamma ? signed(gamma.value) : x.sign ? signed(one()) : null;
      const state = normalise(g, input, { gamma: applied, beta: beta.value, epsilon: BN_EPSILON });
      const mean = centred ? g.add(state.mean, oldMean) : signed(state.mean);
      const updated = running(g, { ...state, mean }, [oldMean, oldVariance], shared.momentum);
      shared.statistics.push(...olds.map((old, i) => ({ ...old, updated: updated[i]! })));
      const lazy = lazyAffine(g, input, state.scale, state.shift);
      const y = flat ? activation(reshape(g, lazy.tensor(), [N, C])) : lazy;
      tape.push(() => {
        const given = gradientOf(g, y);
        if (!given) return;
        const dy = unscaled(g, given);
        const { dx, dGamma, dBeta } = normaliseBack(
          scoped.scope(`${name}.∂bn`),
          input,
          { ...state, inverse: inTurn(state.inverse) },
          flat ? reshape(g, dy, [N, C, 1, 1]) : dy,
        );
        const part = { ...dx, scale: dx.scale && signed(dx.scale) };
        x.parts.push(flat ? { value: reshape(g, unscaled(g, part), [N, C]) } : part);
        if (gamma) gradients.set(gamma.name, signed(dGamma));
        gradients.set(beta.name, dBeta);
      });
      return y;
    },

    prelu(name, x) {
      const C = x.shape[1]!;
      const slope = filled(`${named(name)}.weight`, [C], PRELU_SLOPE);
      const ones = () => g.literal([C], new Float32Array(C).fill(1));
      const zeros = () => g.literal([C], new Float32Array(C));
      const u = x.affine ?? { x: x.tensor(), scale: x.sign ?? ones(), shift: zeros() };
      const { signed, sign } = prelu(g, u, slope.value);
      const y = activation(signed, { sign });
      tape.push(() => {
        const part = gradientOf(g, y);
        if (!part) return;
        const now = { ...u, scale: inTurn(u.scale) };
        const { du, dSlope } = preluBack(scoped.scope(`${name}.∂prelu`), now, slope.value, unscaled(g, part));
        waiting.push(dSlope);
        gradients.set(slope.name, dSlope);
        x.parts.push({ value: du });
      });
      return y;
    },

    linear(name, x, outputs, init) {
      const inputs = x.shape[1]!;
      const chosen = init ?? torchLinear(inputs);
      const weight = drawn(`${named(name)}.weight`, [outputs, inputs], chosen);
      const bias = init ? null : drawn(`${named(name)}.bias`, [outputs], chosen);
      const input = x.tensor();
      const y = activation(scoped.gemm(input, weight.value, bias?.value ?? null, { name }));
      tape.push(() => {
        const part = gradientOf(g, y);
        if (!part) return;
        const dy = part.value;
        gradients.set(weight.name, scoped.scope(`${name}.∂w`).node("Gemm", [dy, input], { attributes: { transA: 1 } }));
        if (bias) gradients.set(bias.name, sum(g, dy, [0], 0));
        x.parts.push({ value: scoped.scope(`${name}.∂x`).node("MatMul", [dy, weight.value]) });
      });
      return y;
    },

    add(a, b) {
      const [lazy, other] = a.affine ? [a, b] : [b, a];
      const z = plain(g, other);
      const y = activation(lazy.affine ? affine(g, lazy.affine.x, { ...lazy.affine, z }) : g.add(plain(g, lazy), z));
      tape.push(() => {
        const part = gradientOf(g, y);
        if (!part) return;
        // What a sum gives back is used twice, so it is made a tensor once.
        const whole = { value: unscaled(g, part) };
        a.parts.push(whole);
        b.parts.push(whole);
      });
      return y;
    },

    flatten(x) {
      const [N, ...rest] = x.shape as [number, ...number[]];
      const y = activation(reshape(g, plain(g, x), [N, sizeOf(rest)]));
      tape.push(() => {
        const part = gradientOf(g, y);
        if (part) x.parts.push({ value: reshape(g, part.value, x.shape) });
      });
      return y;
    },

    dropout(name, x, rate) {
      if (rate === 0) return x;
      const mask = { name: named(name), shape: x.shape, rate };
      shared.masks.push(mask);
      const value = g.input(mask.name, mask.shape);
      const y = activation(mul(g, plain(g, x), value));
      tape.push(() => {
        const part = gradientOf(g, y);
        if (part) x.parts.push({ value: mul(g, unscaled(g, part), value) });
      });
      return y;
    },
  };
}

/** The value itself as a tensor. */
function plain(g: GraphBuilder, x: Activation): Value {
  return x.sign ? affine(g, x.tensor(), { scale: x.sign }) : x.tensor();
}
