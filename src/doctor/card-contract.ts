import type { Card } from "../zoo/cards/card.ts";
import { type Contract, type ContractField, SAME_WITHIN } from "./contract.ts";

/** One field of a card that is not what was found, both in the card's own terms. */
export type Disagreement = { readonly field: string; readonly card: unknown; readonly found: unknown };

/** What a card says of how its network is fed; `null` where it has none, being made of stages. */
export function contractOf(card: Card): Contract | null {
  if (!card.model) return null;
  const { color, mean, scale, layout } = card.model.input;
  const alignment = card.kind === "recognizer" ? card.embedding.alignment : hasLandmarks(card) ? "arcface" : "none";
  return { colorOrder: color, mean, scale, layout, alignment };
}

/** Of the detectors that are one network, only UltraFace answers boxes alone. */
function hasLandmarks(card: Card): boolean {
  return card.kind !== "detector" || card.parser.name !== "ultraface";
}

/** The card's fields to mend where these parts of its contract are wrong. */
export function compareContracts(wrong: readonly ContractField[], card: Contract, found: Contract): Disagreement[] {
  const differences: Disagreement[] = [];
  if (wrong.includes("color")) differences.push({ field: "color", card: card.colorOrder, found: found.colorOrder });
  // Channel by channel as both have them in order: a mean that stands for another colour is to be moved, too.
  if (wrong.includes("color") || wrong.includes("normalization")) {
    const shift = largest(card.mean.map((mean, c) => Math.abs(mean - found.mean[c]!) / 127.5));
    const stretch = largest(card.scale.map((scale, c) => Math.abs(scale / found.scale[c]! - 1)));
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
