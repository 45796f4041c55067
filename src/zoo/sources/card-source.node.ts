import { ArcfaceError } from "../../errors.ts";
import { sha256 } from "../cache/cache.node.ts";
import type { Catalog } from "../cards/cards.node.ts";
import type { FoundModel, ZooSource } from "../source.ts";
import { fileNameOf } from "./card-file.ts";
import { type CardWithModel, fileOf, type PlaceOf, wantedFile } from "./pack.ts";

/** The models whose cards name a place that `placeOf` knows, each fetched by itself: see fetchGroups for several. */
export function createCardSource(name: string, catalog: Catalog, placeOf: PlaceOf): ZooSource {
  return {
    name,
    async find({ slug }): Promise<FoundModel | null> {
      const card = await cardOrNull(catalog, slug);
      const place = card && placeOf(card);
      if (!card || !place) return null;
      return {
        fileName: fileNameOf(card),
        sha256: card.model.sha256 ?? null,
        byteLength: card.model.byteLength ?? null,
        card,
        async fetch(options = {}) {
          return fileOf(card, place, await place.pack.open([wantedFile(card, place.path)], options), sha256);
        },
      };
    },
  };
}

/** @returns `null` where there is no such card, or it has no model of its own. */
async function cardOrNull(catalog: Catalog, slug: string): Promise<CardWithModel | null> {
  const card = await catalog.get(slug).catch((error) => {
    if (error instanceof ArcfaceError && (error.code === "NOT_FOUND" || error.code === "INVALID_ARGUMENT")) return null;
    throw error;
  });
  return card?.model === undefined ? null : (card as CardWithModel);
}
