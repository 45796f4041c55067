import { ArcfaceError } from "../../errors.ts";
import type { Platform } from "../platform.ts";
import type { AdoptedCards } from "./adopted.node.ts";
import type { Card } from "./card.ts";
import type { Catalog } from "./cards.node.ts";

/**
 * The shipped cards, and those of models that came from elsewhere. Where both know a model, the shipped card says what
 * it is (licence, thresholds, results), and what came says how it is fed and which bytes it has.
 */
export function withAdopted(shipped: Catalog, adopted: AdoptedCards, platform: Platform): Catalog {
  const merged = async (card: Card): Promise<Card> => {
    if (!card.model || card.model.sha256 !== undefined) return card;
    const came = await adopted.get(card.slug, platform);
    return came?.card.model && came.card.kind === card.kind ? ({ ...card, model: came.card.model } as Card) : card;
  };
  const get = async (slug: string): Promise<Card> => {
    try {
      return await merged(await shipped.get(slug));
    } catch (error) {
      const unknown =
        error instanceof ArcfaceError && (error.code === "NOT_FOUND" || error.code === "INVALID_ARGUMENT");
      const came = unknown ? await adopted.get(slug, platform) : null;
      if (came === null) throw error;
      return came.card;
    }
  };
  const list = async (): Promise<Card[]> => {
    const cards = await Promise.all((await shipped.list()).map(merged));
    const known = new Set(cards.map(({ slug }) => slug));
    for (const { card, platform: of } of await adopted.list()) {
      if (of !== platform || known.has(card.slug)) continue;
      known.add(card.slug);
      cards.push(card);
    }
    return cards;
  };
  return { get, list };
}
