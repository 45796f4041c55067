import { ArcfaceError } from "../errors.ts";
import { sha256 } from "./cache/cache.node.ts";
import type { Platform } from "./platform.ts";
import type { ReceiveOptions, ZooSource } from "./source.ts";
import { type CardWithModel, fileOf, type PlaceOf, wantedFile } from "./sources/pack.ts";

export type FetchCard = (card: CardWithModel, options: ReceiveOptions) => Promise<Uint8Array<ArrayBuffer>>;

export type HubOf = (precision?: string) => ZooSource | null;

/** Where the files of cards may be fetched from. */
type Places = { readonly placeOf: PlaceOf; readonly hubOf: HubOf; readonly platform: Platform };

/**
 * The file that a card names, wherever that is; alone, though others lie beside it.
 *
 * @throws {ArcfaceError} NOT_FOUND where its source is not one to be fetched from; as FoundModel.fetch.
 */
export async function fetchCardFile(
  { placeOf, hubOf, platform }: Places,
  card: CardWithModel,
  options: ReceiveOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const place = placeOf(card);
  if (place) return fileOf(card, place, await place.pack.open([wantedFile(card, place.path)], options), sha256);
  const { source } = card.model;
  const hub = "hub" in source ? hubOf(source.hub.precision) : null;
  if ("hub" in source && hub) {
    const found = await hub.find({ slug: source.hub.slug, platform }, { signal: options.signal });
    if (found) return found.fetch(options);
    throw new ArcfaceError(
      "NOT_FOUND",
      `${hub.name}: has no ${source.hub.slug} for ${platform}, which the card ${card.slug} names`,
    );
  }
  throw new ArcfaceError("NOT_FOUND", `zoo: ${card.slug} has no source to be fetched from`);
}
