import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { ArcfaceError, throwIfCancelled } from "../errors.ts";
import { fileError } from "../file-error.node.ts";
import { asBytes, sha256 } from "./cache.node.ts";
import type { Card } from "./card.ts";
import {
  type CardWithModel,
  cacheId,
  fileName,
  hasModel,
  locked,
  withStages,
  type ZooContext,
  type ZooModel,
} from "./context.node.ts";
import { fetchGroups } from "./fetch-group.node.ts";
import { type FetchOptions, fetchNpmTarball, type NpmTarball } from "./sources/npm.node.ts";

/**
 * Models by name, ready to run; what is not in the cache is fetched, each tarball once.
 *
 * @param wanted slugs, or cards themselves (see loadLocalCard).
 * @returns by slug: what was wanted, and the stages these are made of.
 * @throws {ArcfaceError} NOT_FOUND, NETWORK, INTEGRITY, UNSUPPORTED_FORMAT, NO_SPACE, IO, CANCELLED.
 */
export async function ensureModels(
  zoo: ZooContext,
  wanted: readonly (string | Card)[],
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<Map<string, ZooModel>> {
  const cards = await withStages(zoo.catalog, wanted);
  const models = new Map<string, ZooModel>();
  const missing: CardWithModel[] = [];
  for (const card of cards) {
    throwIfCancelled(signal, "zoo");
    if (!hasModel(card)) models.set(card.slug, { card, model: null, sha256: null, path: null, notes: [] });
    else if ("path" in card.model.source)
      models.set(card.slug, await localModel(zoo, card, card.model.source.path, signal));
    else {
      const ready = await readyModel(zoo, card);
      if (ready) models.set(card.slug, ready);
      else missing.push(card);
    }
  }
  if (missing.length > 0) for (const model of await fill(zoo, missing, signal)) models.set(model.card.slug, model);
  return models;
}

async function readyModel(zoo: ZooContext, card: CardWithModel): Promise<ZooModel | null> {
  const id = await cacheId(zoo, card);
  const cached = id === null ? null : await zoo.cache.read(id, zoo.prepareVersion);
  if (cached?.state !== "ready") return null;
  return { card, model: cached.model, sha256: id, path: cached.path, notes: cached.notes };
}

/** A file of the user's: stays where it is; only what it becomes is cached. */
async function localModel(
  zoo: ZooContext,
  card: CardWithModel,
  path: string,
  signal: AbortSignal | undefined,
): Promise<ZooModel> {
  const bytes = await readModelFile(path);
  const id = sha256(bytes);
  checkSha256(card, id, path);
  const cached = await zoo.cache.read(id, zoo.prepareVersion);
  if (cached.state === "ready")
    return { card, model: cached.model, sha256: id, path: cached.path, notes: cached.notes };
  zoo.onProgress?.({ phase: "prepare", name: path });
  const prepared = await zoo.prepare(bytes, path);
  const published = cached.state === "unprepared" ? cached.published : undefined;
  const entry = { name: basename(path), published, prepared: { ...prepared, version: zoo.prepareVersion } };
  await locked(zoo, path, () => zoo.cache.put(id, entry), signal).catch((error: ArcfaceError) => {
    if (error.code === "CANCELLED") throw error;
    zoo.onNotice?.(`${path} will be prepared again each time, as the model cache cannot keep it: ${error.message}`);
  });
  return { card, model: prepared.model, sha256: id, path: null, notes: prepared.notes };
}

/** @throws {ArcfaceError} NOT_FOUND, IO, TOO_LARGE */
export async function readModelFile(path: string): Promise<Uint8Array> {
  try {
    return asBytes(await readFile(path));
  } catch (error) {
    throw fileError(error, path, "reading a model");
  }
}

/** @throws {ArcfaceError} INTEGRITY where the card pins another sha256. */
export function checkSha256(card: CardWithModel, actual: string, where: string): void {
  const pinned = card.model.sha256;
  if (pinned === undefined || pinned === actual) return;
  throw new ArcfaceError(
    "INTEGRITY",
    `${where}: expected the file of ${card.slug} with sha256 ${pinned}, got ${actual}`,
    {
      hint: "it is another file, or another version of it; a card of your own may pin this one, or none",
    },
  );
}

/** Make the missing ones ready: prepare what is there, fetch the rest. */
async function fill(zoo: ZooContext, missing: readonly CardWithModel[], signal?: AbortSignal): Promise<ZooModel[]> {
  const names = missing.map(({ slug }) => slug).join(", ");
  // What cannot be had is said before anything is waited for or fetched.
  for (const card of missing) await refuseUnfetchable(zoo, card);
  return locked(
    zoo,
    names,
    async () => {
      await zoo.cache.sweep();
      const models: ZooModel[] = [];
      const absent: CardWithModel[] = [];
      for (const card of missing) {
        // Another process may have been faster.
        const model = (await readyModel(zoo, card)) ?? (await preparePublished(zoo, card));
        if (model) models.push(model);
        else absent.push(card);
      }
      const fetch = (tarball: NpmTarball) => download(zoo, tarball, signal);
      for await (const { card, bytes, companion } of fetchGroups(zoo, absent, fetch)) {
        throwIfCancelled(signal, "zoo");
        if (!companion) models.push(await keep(zoo, card, bytes));
        else await zoo.cache.put(sha256(bytes), { name: fileName(card), published: bytes });
      }
      return models;
    },
    signal,
  );
}

async function refuseUnfetchable(zoo: ZooContext, card: CardWithModel): Promise<void> {
  const id = await cacheId(zoo, card);
  const cached = id === null ? null : await zoo.cache.read(id, zoo.prepareVersion);
  if (cached?.state === "unprepared" || cached?.state === "ready") return;
  const { source } = card.model;
  const damage = cached?.state === "damaged" ? cached.problem : null;
  const why =
    damage === null ? `is not in the model cache (${zoo.cache.folder})` : `is damaged in the model cache: ${damage}`;
  if ("url" in source) {
    const entry = source.entry === undefined ? "" : `, take ${source.entry} out of it`;
    throw new ArcfaceError(
      damage === null ? "NOT_FOUND" : "INTEGRITY",
      `zoo: ${card.slug} ${why} and is not fetched by itself`,
      {
        hint:
          `download ${source.url}${entry} (licence: ${card.licence.name}), and either run ` +
          `\`arcface models add ${card.slug} FILE\` once or give \`--model FILE --card ${card.slug}\` each time`,
      },
    );
  }
  if (!zoo.offline) {
    if (damage !== null) zoo.onNotice?.(`${card.slug} ${why}; it is fetched again`);
    return;
  }
  throw new ArcfaceError(
    damage === null ? "NETWORK" : "INTEGRITY",
    `zoo: ${card.slug} ${why}, and the network is not to be used`,
    {
      hint:
        `unset ARCFACE_OFFLINE, or run \`arcface models pull ${card.slug}\` where there is a network, copy that cache ` +
        "folder here and name it with ARCFACE_CACHE",
    },
  );
}

async function preparePublished(zoo: ZooContext, card: CardWithModel): Promise<ZooModel | null> {
  const id = await cacheId(zoo, card);
  const cached = id === null ? null : await zoo.cache.read(id, zoo.prepareVersion);
  if (cached?.state !== "unprepared") return null;
  if (cached.problem !== null)
    zoo.onNotice?.(`${card.slug} was damaged in the model cache: ${cached.problem}; it is mended`);
  return keep(zoo, card, cached.published, cached.isNew);
}

/** Prepare a published file and put both into the cache; the caller holds the lock. */
export async function keep(
  zoo: ZooContext,
  card: CardWithModel,
  published: Uint8Array,
  isNew: boolean = true,
): Promise<ZooModel> {
  const id = sha256(published);
  const name = fileName(card);
  if (isNew) zoo.onLicence?.(card);
  zoo.onProgress?.({ phase: "prepare", name: card.slug });
  const prepared = await zoo.prepare(published, name);
  await zoo.cache.put(id, { name, published, prepared: { ...prepared, version: zoo.prepareVersion } });
  const kept = await zoo.cache.read(id, zoo.prepareVersion);
  if (kept.state !== "ready") {
    const problem = kept.state === "damaged" ? kept.problem : "it is gone";
    throw new ArcfaceError("IO", `${zoo.cache.folder}: ${card.slug} was written and cannot be read back: ${problem}`);
  }
  return { card, model: kept.model, sha256: id, path: kept.path, notes: kept.notes };
}

function download(zoo: ZooContext, tarball: NpmTarball, signal: AbortSignal | undefined) {
  const name = `${tarball.package}@${tarball.version}`;
  const onProgress: FetchOptions["onProgress"] = (receivedBytes, totalBytes) =>
    zoo.onProgress?.({ phase: "download", name, receivedBytes, totalBytes });
  return fetchNpmTarball(tarball, { env: zoo.env, onProgress, ...(signal && { signal }) });
}
