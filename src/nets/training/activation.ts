import type { GraphBuilder, Value } from "../../onnx/builder.ts";
import type { Shaped } from "../layers.ts";
import { affine } from "./passes.ts";

/** A gradient that is `scale`·`value`, a channel at a time; `scale` absent: 1. Whoever takes it folds the scale in. */
export type Part = { readonly value: Value; readonly scale?: Value | undefined };

/** A value of the network on its way forward, and what comes back to it. */
export type Activation = Shaped & {
  readonly shape: readonly number[];
  /** Makes the tensor at the first call. */
  tensor(): Value;
  /** ±1 a channel, [C]: the value is `sign`·`tensor()`. */
  readonly sign?: Value | undefined;
  /** Where the value is `scale`·x + `shift` and may not be a tensor yet. */
  readonly affine?: { readonly x: Value; readonly scale: Value; readonly shift: Value } | undefined;
  /** The value with `by`, [C], added to it, where that costs nothing: in the place of `tensor()`. */
  readonly plus?: ((by: Value) => Value) | undefined;
  /** The gradients that came back, of the value itself. */
  readonly parts: Part[];
};

export function activation(value: Value, more: Partial<Activation> = {}): Activation {
  return { shape: value.shape as number[], tensor: () => value, parts: [], ...more };
}

/** scale·x + shift, made when it is needed. */
export function lazyAffine(g: GraphBuilder, x: Value, scale: Value, shift: Value): Activation {
  let made: Value | undefined;
  return {
    shape: x.shape as number[],
    tensor: () => {
      made ??= affine(g, x, { scale, shift });
      return made;
    },
    affine: { x, scale, shift },
    parts: [],
  };
}

/** All that came back, as one; `null` where nothing did. */
export function gradientOf(g: GraphBuilder, { parts }: Activation): Part | null {
  const [first, ...rest] = [...parts].sort((a, b) => Number(!!a.scale) - Number(!!b.scale));
  if (!first) return null;
  if (rest.length === 0) return first;
  const value = rest.reduce(
    (z, { value, scale }) => (scale ? affine(g, value, { scale, z }) : g.add(z, value)),
    unscaled(g, first),
  );
  return { value };
}

export function unscaled(g: GraphBuilder, { value, scale }: Part): Value {
  return scale ? affine(g, value, { scale }) : value;
}
