import type { Alignment } from "../image/crop-face.ts";
import type { Card } from "../zoo/cards/card.ts";
import { type Contract, type ContractField, SAME_WITHIN } from "./contract.ts";

/** One field of a card that is not what was found, both in the card's own terms. */
export type Disagreement = { readonly field: string; readonly card: unknown; readonly found: unknown };

/**
 * What a card says of how its network is fed; `null` where it has none, being made of stages.
 *
 * @param landmarks what is to stand for a detector's landmarks, of which cards say nothing.
 */
export function contractOf(card: Card, landmarks: Alignment = "arcface"): Contract | null {
  if (!card.model) return null;
  const { color, mean, scale, layout } = card.model.input;
  const alignment = card.kind === "recognizer" ? card.embedding.alignment : landmarks;
  return { colorOrder: color, mean, scale, layout, alignment };
}

/** The card's fields to mend where these parts of its contract are wrong. */
export function compareContracts(wrong: readonly ContractField[], card: Contract, found: Contract): Disagreement[] {
  const differences: Disagreement[] = [];
  if (wrong.includes("color")) differences.push({ field: "color", card: card.colorOrder, found: found.colorOrder });
  // Channel by channel as both have them in order: a mean that stands for another colour is to be moved, too.
  if (wrong.includes("color") || wrong.includes("normalization")) {
    const shift = largest(found.mean.map((mean, c) => Math.abs(card.mean[c]! - mean) / 127.5));
    const stretch = largest(found.scale.map((scale, c) => Math.abs(card.scale[c]! / scale - 1)));
    if (shift > SAME_WITHIN / 2) differences.push({ field: "mean", card: card.mean, found: found.mean });
    if (stretch > SAME_WITHIN / 2) differences.push({ field: "scale", card: card.scale, found: found.scale });
  }
  for (const field of ["layout", "alignment"] as const) {
    if (wrong.includes(field)) differences.push({ field, card: card[field], found: found[field] });
  }
  return differences;
}

/** Infinity where the numbers of channels differ. */
function largest(values: readonly number[]): number {
  return Math.max(...values.map((value) => (Number.isNaN(value) ? Number.POSITIVE_INFINITY : value)));
}
