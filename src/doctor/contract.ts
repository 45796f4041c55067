import type { Alignment } from "../image/crop-face.ts";
import type { PixelFormat } from "../image/to-tensor.ts";

export type ColorOrder = PixelFormat["color"];

/** With x in 0–255 the network sees (x − mean[c]) / scale[c], c counting channels in its colour order. */
export type Normalization = { readonly mean: readonly number[]; readonly scale: readonly number[] };

/** How a network wants its pixels and its faces. */
export type Contract = Normalization & {
  readonly colorOrder: ColorOrder;
  readonly layout: PixelFormat["layout"];
  /**
   * Of a recogniser: the crops it was trained on. Of a detector: in which order its landmarks come, `mirrored` with left
   * and right exchanged, `none` where it has none.
   */
  readonly alignment: Alignment;
};

/** The fields of a contract that are found out by looking at faces or, the layout, at the graph. */
export const FIELDS = ["color", "normalization", "alignment", "layout"] as const;
export type ContractField = (typeof FIELDS)[number];

/**
 * Contracts are one where no input differs by more than this, as a share of half the range of what the network sees.
 * (x − 127) / 128, (x − 127.5) / 127.5 and (x − 127.5) / 128 are: 0.8 %. No test on faces could tell them apart.
 */
export const SAME_WITHIN = 0.01;

/**
 * How far two normalisations are apart at the worst x in 0–255 and the worst channel, as a share of half the range that
 * the second gives.
 */
export function normalizationGap(a: Normalization, b: Normalization): number {
  if (a.mean.length !== b.mean.length) return Number.POSITIVE_INFINITY;
  const gaps = b.mean.flatMap((mean, c) => {
    const scale = b.scale[c]!;
    const halfRange = 127.5 / Math.abs(scale);
    return [0, 255].map((x) => Math.abs((x - a.mean[c]!) / a.scale[c]! - (x - mean) / scale) / halfRange);
  });
  return Math.max(...gaps);
}

export function sameNormalization(a: Normalization, b: Normalization): boolean {
  return normalizationGap(a, b) <= SAME_WITHIN;
}

/** Do two contracts feed a network the same, as far as numbers go? */
export function sameContract(a: Contract, b: Contract): boolean {
  return (
    a.colorOrder === b.colorOrder && a.layout === b.layout && a.alignment === b.alignment && sameNormalization(a, b)
  );
}

/** Do two contracts agree in one field? */
export const sameField: Readonly<Record<ContractField, (a: Contract, b: Contract) => boolean>> = {
  color: (a, b) => a.colorOrder === b.colorOrder,
  // The mean of each colour, wherever its channel lies: RGB and BGR of one normalisation agree in it.
  normalization: (a, b) => sameNormalization(asRgb(a), asRgb(b)),
  alignment: (a, b) => a.alignment === b.alignment,
  layout: (a, b) => a.layout === b.layout,
};

/** A normalisation by colour: red first. */
export function asRgb({ colorOrder, mean, scale }: Contract): Normalization {
  return colorOrder === "BGR" ? { mean: [...mean].reverse(), scale: [...scale].reverse() } : { mean, scale };
}

/** `RGB (x − 127.5) / 127.5`. */
export function describeFeeding({ colorOrder, mean, scale }: Pick<Contract, "colorOrder" | "mean" | "scale">): string {
  return `${colorOrder} ${describeNormalization({ mean, scale })}`;
}

/** `x`, `x / 255`, `(x − 127.5) / 127.5`, or lists of a number a channel. */
export function describeNormalization({ mean, scale }: Normalization): string {
  const shifted = mean.every((m) => m === 0) ? "x" : `(x − ${list(mean)})`;
  return scale.every((s) => s === 1) ? shifted : `${shifted} / ${list(scale)}`;
}

function list(values: readonly number[]): string {
  const [first] = values;
  const shown = values.map((value) => `${Math.round(value * 1000) / 1000}`);
  return values.every((value) => value === first) ? shown[0]! : `[${shown.join(", ")}]`;
}
