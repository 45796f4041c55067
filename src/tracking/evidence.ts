import type { Box } from "../geometry/types.ts";
import { type Motion, motionEvidence } from "./motion.ts";
import { type Sample, similarityTo, type Template } from "./template.ts";

/**
 * Everything that speaks for or against a face being somebody is added up in one currency: the natural logarithm of how
 * much likelier it is if it is they than if it is a stranger. What is not known adds 0.
 */
export type EvidenceRules = {
  /** The cosine that speaks neither for nor against, of faces of full quality. */
  readonly neutralSimilarity: number;
  /** Below this cosine two good faces are two people, wherever they are. */
  readonly vetoSimilarity: number;
};

/** What looks can add at most. */
export const MOST = 12;
// Per unit of cosine, of two faces of quality 1.
const SLOPE = 30;
const LEAST = -15;
/** From this quality on a veto holds. */
const VETO_QUALITY = 0.5;
/** The chance that a face that was out of sight turns up anywhere rather than where it was going. */
const ANYWHERE = Math.log(0.02);

/** How much looks speak for a face being this one; −Infinity where they forbid it. */
export function appearanceEvidence(
  template: Template | null,
  sample: Sample | null,
  { neutralSimilarity, vetoSimilarity }: EvidenceRules,
): number {
  if (template === null || sample === null) return 0;
  const quality = Math.min(template.quality, sample.quality);
  const similarity = similarityTo(template, sample.embedding);
  if (quality >= VETO_QUALITY && similarity < vetoSimilarity) return -Infinity;
  return Math.min(MOST, Math.max(LEAST, SLOPE * quality * (similarity - neutralSimilarity)));
}

/**
 * How much the place speaks for it.
 *
 * @param motion `null` where the place is unknown, as after a cut.
 * @param seen whether it was in sight in the last frame; a face in sight does not jump.
 */
export function placeEvidence(motion: Motion | null, seen: boolean, box: Box): number {
  if (motion === null) return ANYWHERE;
  const evidence = motionEvidence(motion, box);
  return seen ? evidence : Math.max(evidence, ANYWHERE);
}
