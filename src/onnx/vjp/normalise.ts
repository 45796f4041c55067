import type { Vjps } from "./rule.ts";
import { mul, num, reshape, sizes, sub, sum } from "./words.ts";

export const normalise: Vjps = {
  // By statistics that are given: y = scale·(x − mean)·iv + shift, iv = 1/√(var + ε)
  BatchNormalization: ({ g, dy, x: [x, gamma, , mean, variance], call, wanted }) => {
    if (call.has("training_mode") && call.int("training_mode") === 1)
      throw call.mismatch("batch normalisation by given statistics", "training_mode 1");
    const rank = sizes(x!).length;
    const axes = sizes(x!).flatMap((_, axis) => (axis === 1 ? [] : [axis]));
    const along = [1, sizes(x!)[1]!, ...Array<number>(rank - 2).fill(1)];
    const iv = g.node("Reciprocal", [g.node("Sqrt", [g.add(variance!, num(g, call.float("epsilon")))])]);
    const slope = mul(g, gamma!, iv);
    const shift = sum(g, dy, axes, 0);
    const needs = wanted(1) || wanted(4);
    const centred = needs ? sum(g, mul(g, dy, sub(g, x!, reshape(g, mean!, along))), axes, 0) : null;
    return [
      wanted(0) ? mul(g, dy, reshape(g, slope, along)) : null,
      centred && wanted(1) ? mul(g, centred, iv) : null,
      wanted(2) ? shift : null,
      wanted(3) ? g.node("Neg", [mul(g, shift, slope)]) : null,
      centred && wanted(4) ? mul(g, mul(g, mul(g, centred, slope), mul(g, iv, iv)), num(g, -0.5)) : null,
    ];
  },
  // By a mask of 0 and 1/(1 − rate) that is fed, or not at all.
  Dropout: ({ dy }) => [dy],
};
