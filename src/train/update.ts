import { GraphBuilder } from "../onnx/builder.ts";
import type { ModelProto } from "../onnx/schema.ts";

/** One parameter: which of the update's maps it goes by. */
export type Descending = { readonly name: string; readonly size: number; readonly map: string };

/**
 * One step of stochastic gradient descent: of each parameter, gradient, momentum and weights are rows of one array, and the
 * step a product with it. One pass over memory, which is what an update costs.
 *
 * Inputs: the maps by their names, [2, 3]; of each parameter `rows.NAME`, [3, n]. Outputs: `new.NAME`, [2, n], momentum and
 * weights, which may be written over rows 1 and 2: the product copies what it reads of some columns before it writes them.
 */
export function buildUpdate(parameters: readonly Descending[]): ModelProto {
  const g = new GraphBuilder();
  const maps = new Map([...new Set(parameters.map(({ map }) => map))].map((map) => [map, g.input(map, [2, 3])]));
  for (const { name, size, map } of parameters) {
    g.output(`new.${name}`, g.node("MatMul", [maps.get(map)!, g.input(`rows.${name}`, [3, size])]));
  }
  return g.toModel("update");
}

export type Rates = {
  readonly lr: number;
  readonly momentum: number;
  readonly weightDecay: number;
  /** What the gradient is made shorter by. */
  readonly factor: number;
};

/**
 * As torch.optim.SGD: v ← momentum·v + factor·gradient + weightDecay·w; w ← w − lr·v.
 *
 * @returns [2, 3]: what [gradient; v; w] is multiplied with for [v; w]. The weights come last, so that small terms are
 *   summed before they are added to a large one.
 */
export function updateMap({ lr, momentum, weightDecay, factor }: Rates): Float32Array<ArrayBuffer> {
  const velocity = [factor, momentum, weightDecay] as const;
  const [ofGradient, ofMomentum, ofWeights] = velocity.map((x) => -lr * x) as [number, number, number];
  return Float32Array.of(...velocity, ofGradient, ofMomentum, 1 + ofWeights);
}

/** torch's clip_grad_norm_: never longer, and the 1e-6 is its own. @param longest 0: not clipped. */
export function clipFactor(norm: number, longest: number): number {
  return longest > 0 ? Math.min(1, longest / (norm + 1e-6)) : 1;
}
