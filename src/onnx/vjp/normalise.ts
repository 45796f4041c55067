import type { GraphBuilder, Value } from "../builder.ts";
import type { Backward, Vjp, Vjps } from "./rule.ts";
import { apply, div, mul, num, reshape, scale, sizes, square, sub, sum } from "./words.ts";

const mean = (g: GraphBuilder, x: Value, axes: readonly number[]): Value => {
  const count = axes.reduce((n, axis) => n * sizes(x)[axis]!, 1);
  return scale(g, sum(g, x, axes), 1 / count);
};

/**
 * y = scale·z + shift, z = (x − μ)·iv, with μ and iv = 1/√(σ² + ε) of x itself over some axes:
 * dx = iv·(dz − mean dz − z·mean(z·dz)), dz = scale·dy
 *
 * @param weight stretches to x.
 */
function ofOwnMoments(b: Backward, axes: readonly number[], weight: Value): Value[] {
  const { g, dy, x, call } = b;
  const centred = sub(g, x[0]!, mean(g, x[0]!, axes));
  const variance = mean(g, square(g, centred), axes);
  const iv = apply(g, "Reciprocal", apply(g, "Sqrt", g.add(variance, num(g, call.float("epsilon")))));
  const z = mul(g, centred, iv);
  const dz = mul(g, dy, weight);
  const rest = sub(g, sub(g, dz, mean(g, dz, axes)), mul(g, z, mean(g, mul(g, z, dz), axes)));
  return [mul(g, iv, rest), mul(g, dy, z), dy];
}

/** A number a channel, for each of x's axes but the second. */
function perChannel({ x, g }: Backward) {
  const [, C, ...size] = sizes(x[0]!);
  return {
    along: (v: Value) => reshape(g, v, [1, C!, ...size.map(() => 1)]),
    axes: sizes(x[0]!).flatMap((_, axis) => (axis === 1 ? [] : [axis])),
  };
}

/** What only measures has no gradient here, as torch's running statistics have none. */
function refuseMoments({ gradients, call }: Backward): void {
  if (gradients.slice(1).some((d) => d !== null))
    throw call.mismatch("a loss that depends on its first output alone", "one that depends on its statistics");
}

const batchNormByOwn: Vjp = (b) => {
  refuseMoments(b);
  const { along, axes } = perChannel(b);
  const [dx, dscale, dshift] = ofOwnMoments(b, axes, along(b.x[1]!));
  return [dx!, sum(b.g, dscale!, axes, 0), sum(b.g, dshift!, axes, 0)];
};

/** y = scale·(x − mean)·iv + shift, iv = 1/√(var + ε) */
const batchNormByGiven: Vjp = (b) => {
  const { g, dy, x, call, wanted } = b;
  const [x0, gamma, , average, variance] = x;
  const { along, axes } = perChannel(b);
  const iv = apply(g, "Reciprocal", apply(g, "Sqrt", g.add(variance!, num(g, call.float("epsilon")))));
  const slope = mul(g, gamma!, iv);
  const shift = sum(g, dy, axes, 0);
  const needs = wanted(1) || wanted(4);
  const centred = needs ? sum(g, mul(g, dy, sub(g, x0!, along(average!))), axes, 0) : null;
  return [
    wanted(0) ? mul(g, dy, along(slope)) : null,
    centred && wanted(1) ? mul(g, centred, iv) : null,
    wanted(2) ? shift : null,
    wanted(3) ? apply(g, "Neg", mul(g, shift, slope)) : null,
    centred && wanted(4) ? scale(g, mul(g, mul(g, centred, slope), square(g, iv)), -0.5) : null,
  ];
};

export const normalise: Vjps = {
  BatchNormalization: (b) => (b.call.int("training_mode") === 1 ? batchNormByOwn : batchNormByGiven)(b),
  InstanceNormalization: (b) => {
    const { along, axes } = perChannel(b);
    const size = axes.slice(1);
    const [dx, dscale, dshift] = ofOwnMoments(b, size, along(b.x[1]!));
    return [dx!, sum(b.g, dscale!, axes, 0), sum(b.g, dshift!, axes, 0)];
  },
  LayerNormalization: (b) => {
    refuseMoments(b);
    const rank = sizes(b.x[0]!).length;
    const first = (b.call.int("axis") + rank) % rank;
    return ofOwnMoments(b, [...Array(rank).keys()].slice(first), b.x[1]!);
  },
  // y = x/‖x‖: dx = (dy − y·Σ y·dy)/‖x‖
  LpNormalization: ({ g, dy, x: [x], y, call }) => {
    if (call.int("p") !== 2) throw call.mismatch("p of 2", `${call.int("p")}`);
    const axes = [call.int("axis")];
    const length = apply(g, "Sqrt", sum(g, square(g, x!), axes));
    return [div(g, sub(g, dy, mul(g, y, sum(g, mul(g, y, dy), axes))), length)];
  },
  // In inference nothing is dropped; in training a mask is an input of the graph.
  Dropout: ({ dy, call }) => {
    if (call.inputs[2] && call.inputs[2].values?.[0] !== 0)
      throw call.mismatch("a mask that is multiplied with, where something is dropped", "training_mode");
    return [dy];
  },
};
