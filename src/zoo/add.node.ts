import { ArcfaceError, throwIfCancelled } from "../errors.ts";
import { isArchive, openArchive } from "./archive/archive-file.ts";
import { sha256 } from "./cache/cache.node.ts";
import type { Card } from "./cards/card.ts";
import { gate } from "./cards/gate.node.ts";
import { type CardWithModel, hasModel, locked, type ZooContext, type ZooModel } from "./context.node.ts";
import { adopt, keep } from "./keep.node.ts";
import { checkSha256, readModelFile } from "./own-file.node.ts";
import { fileNameOf } from "./sources/card-file.ts";
import { fileOf, wantedFile } from "./sources/pack.ts";
import { takeOut } from "./sources/url-pack.node.ts";
import { madeWhenUsed } from "./upkeep.node.ts";

/**
 * Put a file that the user has into the cache: the model itself, the pack that its card names (`buffalo_l.zip`, an npm
 * tarball), or an NN archive, which needs no card.
 *
 * @throws {ArcfaceError} NOT_FOUND, INVALID_ARGUMENT where the card has no model of its own, INTEGRITY where the card
 *   pins another sha256, UNSUPPORTED_FORMAT where it is no model, LICENCE, CANCELLED.
 */
export async function addModel(
  zoo: ZooContext,
  slug: string,
  path: string,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<ZooModel> {
  const card = await cardOf(zoo, slug, path);
  if (card) await gate(zoo, card);
  const bytes = card ? await takeFile(card, path) : await readModelFile(path);
  throwIfCancelled(signal, "zoo");
  const run = async () => {
    if (card === null || (isArchive(bytes) && card.model.sha256 === undefined)) {
      const located = { slug, asked: slug, card, found: null, ownFile: null };
      return adopt(zoo, located, bytes, { name: path.split(/[\\/]/).at(-1)!, source: path, byHand: true });
    }
    zoo.onLicence?.(card);
    const model = await keep(zoo, card, bytes);
    if (card.model.sha256 === undefined)
      await zoo.cache.setAdded({ ...(await zoo.cache.added()), [slug]: sha256(bytes) });
    return model;
  };
  return locked(zoo, slug, run, signal);
}

/** `null` where only the archive tells: a name that no card has. */
async function cardOf(zoo: ZooContext, slug: string, path: string): Promise<CardWithModel | null> {
  const card = await zoo.shipped.get(slug).catch(async (error): Promise<Card | null> => {
    const unknown = error instanceof ArcfaceError && error.code === "NOT_FOUND";
    if (unknown && isArchive(await readModelFile(path))) return null;
    throw error;
  });
  if (card?.model && "net" in card.model.source) throw madeWhenUsed(card.slug);
  if (card === null || hasModel(card)) return card;
  const stages = card.kind === "detector" ? Object.values(card.stages ?? {}).join(", ") : "";
  throw new ArcfaceError("INVALID_ARGUMENT", `zoo: ${slug} is made of stages and has no file of its own`, {
    hint: `add its stages: ${stages}`,
  });
}

/** The model's published file: `path` itself, or what lies in it. */
async function takeFile(card: CardWithModel, path: string): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await readModelFile(path);
  const { sha256: pinned, source } = card.model;
  if (sha256(bytes) === pinned) return bytes;
  const inside = "npm" in source ? source.npm.file : "url" in source ? (source.entry ?? fileNameOf(card)) : null;
  if (inside !== null && mayHoldFiles(bytes)) {
    const files = await takeOut(path, [wantedFile(card, inside)], path);
    const place = { pack: { key: path, name: path, open: async () => files }, path: inside };
    // A gzipped tar without the file may be an NN archive.
    if (files.has(inside) || !isArchive(bytes)) return fileOf(card, place, files, sha256);
  }
  const network = isArchive(bytes) && pinned !== undefined ? (await openArchive(bytes, path)).model : bytes;
  checkSha256(card, sha256(network), path);
  return network;
}

/** A zip or a gzipped tar. */
function mayHoldFiles([a, b]: Uint8Array): boolean {
  return (a === 0x50 && b === 0x4b) || (a === 0x1f && b === 0x8b);
}
