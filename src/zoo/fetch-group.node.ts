import { sha256 } from "./cache/cache.node.ts";
import { type CardWithModel, hasModel, type ZooContext } from "./context.node.ts";
import type { ReceiveOptions } from "./source.ts";
import { fileOf, type Pack, wantedFile } from "./sources/pack.ts";
import { withWayByHand } from "./unfetchable.node.ts";

/** A published file that is its card's. A companion was not asked for, but came in the same pack. */
export type Fetched = {
  readonly card: CardWithModel;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly companion: boolean;
};

/**
 * The published files of cards, each tarball and zip fetched once; other cards' files that come along are given too,
 * after those that were asked for, so that they need not be fetched another day.
 *
 * @param cards those whose place is in a pack.
 * @throws {ArcfaceError} NOT_FOUND where a pack lacks a file; INTEGRITY where a file is not the pinned one.
 */
export async function* fetchGroups(
  { catalog, cache, placeOf }: ZooContext,
  cards: readonly CardWithModel[],
  receiving: (pack: Pack) => ReceiveOptions,
): AsyncGenerator<Fetched> {
  if (cards.length === 0) return;
  const keyOf = (card: CardWithModel) => placeOf(card)?.pack.key;
  const known = new Set(await cache.ids());
  const others = (await catalog.list()).filter(hasModel).filter(({ model }) => !known.has(model.sha256 ?? ""));
  for (const key of new Set(cards.map(keyOf))) {
    const asked = cards.filter((card) => keyOf(card) === key);
    const slugs = new Set(asked.map(({ slug }) => slug));
    const companions = others.filter((card) => keyOf(card) === key && !slugs.has(card.slug));
    const { pack } = placeOf(asked[0]!)!;
    const wanted = [...asked, ...companions].map((card) => wantedFile(card, placeOf(card)!.path));
    const files = await pack.open(wanted, receiving(pack)).catch((error) => {
      throw withWayByHand(asked[0]!, error);
    });
    for (const card of asked) yield { card, bytes: fileOf(card, placeOf(card)!, files, sha256), companion: false };
    for (const card of companions) {
      const bytes = files.get(placeOf(card)!.path);
      if (bytes && sha256(bytes) === card.model.sha256) yield { card, bytes, companion: true };
    }
  }
}
