import { ArcfaceError } from "../errors.ts";
import { runRefusal } from "../nn-archive/run-refusal.ts";
import { cardOfArchive, isArchive, openArchive } from "./archive/archive-file.ts";
import { withoutRef } from "./askable.ts";
import { sha256 } from "./cache/cache.node.ts";
import { gate } from "./cards/gate.node.ts";
import { type CardWithModel, cacheId, hasModel, type ZooContext, type ZooModel } from "./context.node.ts";
import type { Located } from "./locate.node.ts";
import { ONNX_PLATFORMS } from "./platform.ts";
import { fileNameOf } from "./sources/card-file.ts";

/** The model as it lies in the cache, ready to run; `null` where it does not. */
export async function readyModel(zoo: ZooContext, card: CardWithModel): Promise<ZooModel | null> {
  const id = await cacheId(zoo, card);
  const cached = id === null ? null : await zoo.cache.read(id, zoo.prepareVersion);
  if (cached?.state !== "ready") return null;
  return { card, model: cached.model, sha256: id, path: cached.path, notes: cached.notes };
}

/** Prepare what lies in the cache as it was published; `null` where it does not. The caller holds the lock. */
export async function preparePublished(zoo: ZooContext, card: CardWithModel): Promise<ZooModel | null> {
  const id = await cacheId(zoo, card);
  const cached = id === null ? null : await zoo.cache.read(id, zoo.prepareVersion);
  if (cached?.state !== "unprepared") return null;
  if (cached.problem !== null)
    zoo.onNotice?.(`${card.slug} was damaged in the model cache: ${cached.problem}; it is mended`);
  if (cached.isNew && runsOnnx(zoo)) zoo.onLicence?.(card);
  return keep(zoo, card, cached.published);
}

/**
 * Prepare a published file, which may be an NN archive, and put both into the cache; the caller holds the lock.
 * What was converted for a device is kept as it is.
 *
 * @throws {ArcfaceError} as readArchive and Prepare; UNSUPPORTED_FORMAT where it runs on a device, and that is not asked for.
 */
export async function keep(zoo: ZooContext, card: CardWithModel, published: Uint8Array): Promise<ZooModel> {
  const id = sha256(published);
  const name = fileNameOf(card);
  zoo.onProgress?.({ phase: "prepare", name: card.slug });
  const archive = isArchive(published) ? await openArchive(published, name) : null;
  const refusal = archive && runRefusal(archive, card.slug);
  if (refusal) {
    await zoo.cache.put(id, { name, published });
    if (runsOnnx(zoo)) throw refusal;
    const kept = await zoo.cache.entry(id);
    return { card, model: null, sha256: id, path: zoo.cache.place(id, kept?.published?.file), notes: [] };
  }
  const prepared = await zoo.prepare(archive?.model ?? published, archive?.getConfig().model.metadata.path ?? name);
  await zoo.cache.put(id, { name, published, prepared: { ...prepared, version: zoo.prepareVersion } });
  const kept = await zoo.cache.read(id, zoo.prepareVersion);
  if (kept.state !== "ready") {
    const problem = kept.state === "damaged" ? kept.problem : "it is gone";
    throw new ArcfaceError("IO", `${zoo.cache.folder}: ${card.slug} was written and cannot be read back: ${problem}`);
  }
  return { card, model: kept.model, sha256: id, path: kept.path, notes: kept.notes };
}

/**
 * Keep what came from a source that no shipped card pins, and remember its bytes: it is these that the name means from
 * now on. The caller holds the lock.
 *
 * @param byHand what the user gave is refused without a trace; what was fetched and is for a device is kept.
 * @throws {ArcfaceError} as keep; INTEGRITY where a card pins others; LICENCE; UNSUPPORTED_FORMAT where nothing says
 *   how it is fed.
 */
export async function adopt(
  zoo: ZooContext,
  { slug, asked, card: known, found }: Located,
  bytes: Uint8Array<ArrayBuffer>,
  { name, source, byHand = false }: { readonly name: string; readonly source: string; readonly byHand?: boolean },
): Promise<ZooModel> {
  const id = sha256(bytes);
  const archive = isArchive(bytes) ? await openArchive(bytes, name) : null;
  const refusal = archive && byHand && runsOnnx(zoo) ? runRefusal(archive, slug) : null;
  if (refusal) throw refusal;
  const about = known ?? found?.about ?? null;
  const own = archive ? await cardOfArchive(archive, withoutRef(slug), about) : known;
  if (!own || !hasModel(own)) {
    throw new ArcfaceError(
      "UNSUPPORTED_FORMAT",
      `${source}: ${name}: expected an NN archive or a card, got a bare network`,
      { hint: "a card says how a network is fed: docs/model-cards.md" },
    );
  }
  const inner = archive && sha256(archive.model);
  const wrong = [known?.model?.sha256, found?.model.sha256].find((pin) => pin && pin !== id && pin !== inner);
  if (wrong) throw new ArcfaceError("INTEGRITY", `${source}: expected ${name} with sha256 ${wrong}, got ${id}`);
  // A card in an archive may name any place; that of the archive is what was asked.
  const place = known?.model && !("path" in known.model.source) ? known.model.source : { path: name };
  const card: CardWithModel = {
    ...own,
    model: { ...own.model, source: place, sha256: id, byteLength: bytes.length },
  };
  // What an archive says of itself is known only now.
  if (about === null) await gate(zoo, card, asked);
  if (known === null) zoo.onLicence?.(card);
  const remember = () => zoo.adopted.put({ slug, platform: zoo.platform, source, card });
  const model = await keep(zoo, card, bytes).catch(async (error) => {
    // What runs on a device only is there now, too, and the next time says so without being fetched.
    if (archive && runRefusal(archive)) await remember();
    throw error;
  });
  await remember();
  return model;
}

const runsOnnx = ({ platform }: ZooContext): boolean => ONNX_PLATFORMS.includes(platform);
