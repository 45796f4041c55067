import type { Card } from "../zoo/cards/card.ts";
import { aboutModel, atAGlance } from "./about.ts";
import { compact, type Fact, type Section } from "./sections.ts";
import { technicalSpecifications } from "./specifications.ts";
import { testingDetails } from "./testing.ts";
import { throughputOf } from "./throughput.ts";
import { trainingDetails } from "./training.ts";
import { utilisation } from "./utilisation.ts";

export type DescribeExtras = {
  /** The cards that the card's `stages` name. */
  readonly stages?: readonly Card[];
  /** The file that brings the card along: an NN archive. */
  readonly archive?: string;
};

/** All that a card says, in the order of the Luxonis zoo's pages. */
export type Description = {
  readonly title: string;
  readonly slug: string;
  readonly summary: string | null;
  /** Licence and commercial use first. */
  readonly facts: readonly Fact[];
  /** What the licence's line alone would hide. */
  readonly remark: string | null;
  readonly sections: readonly Section[];
  /** How it is used, in code. */
  readonly use: readonly Section[];
};

export function describeCard(card: Card, extras: DescribeExtras = {}): Description {
  return {
    title: card.title,
    slug: card.slug,
    summary: card.summary ?? card.description ?? null,
    facts: atAGlance(card),
    remark: card.licence.note ?? null,
    sections: compact([
      ...aboutModel(card),
      trainingDetails(card),
      testingDetails(card),
      technicalSpecifications(card, extras.stages ?? []),
      throughputOf(card),
    ]),
    use: utilisation(card, extras.archive),
  };
}
