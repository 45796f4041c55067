import { ArcfaceError } from "../errors.ts";
import { sha256 } from "./cache.node.ts";
import type { Card } from "./card.ts";
import { cacheId, hasModel, locked, withStages, type ZooContext, type ZooModel } from "./context.node.ts";
import { checkSha256, keep, readModelFile } from "./models.node.ts";

export type ZooListing = { readonly card: Card /** Itself, or all its stages. */; readonly cached: boolean };

export type VerifiedEntry = {
  /** Whose file it is; empty where no card names it. */
  readonly slugs: readonly string[];
  readonly sha256: string;
  readonly byteLength: number;
  /** What is wrong with it; `null` where nothing is. */
  readonly problem: string | null;
};

export type Pruned = { readonly removed: readonly string[]; readonly freedBytes: number };

/** Every card, and whether it can be used without a network. Files are not read: see verifyCache. */
export async function listModels(zoo: ZooContext): Promise<ZooListing[]> {
  const known = new Set(await zoo.cache.ids());
  const isCached = async (card: Card): Promise<boolean> => {
    if (hasModel(card)) return known.has((await cacheId(zoo, card)) ?? "");
    const stages = (await withStages(zoo.catalog, [card])).filter(hasModel);
    return (await Promise.all(stages.map(isCached))).every(Boolean);
  };
  const cards = await zoo.catalog.list();
  return Promise.all(cards.map(async (card) => ({ card, cached: await isCached(card) })));
}

/**
 * Where a model, or each stage of one, lies as it runs.
 *
 * @throws {ArcfaceError} NOT_FOUND where it is not in the cache (nothing is fetched), INTEGRITY.
 */
export async function modelPaths(zoo: ZooContext, slug: string): Promise<Map<string, string>> {
  const paths = new Map<string, string>();
  for (const card of (await withStages(zoo.catalog, [slug])).filter(hasModel)) {
    const id = await cacheId(zoo, card);
    const cached = id === null ? null : await zoo.cache.read(id, zoo.prepareVersion);
    if (cached?.state === "ready") paths.set(card.slug, cached.path);
    else {
      const damage = cached?.state === "damaged" ? cached.problem : null;
      throw new ArcfaceError(
        damage === null ? "NOT_FOUND" : "INTEGRITY",
        `zoo: ${card.slug} ${damage === null ? "is not in the model cache yet" : `is damaged in the model cache: ${damage}`}`,
        { hint: `\`arcface models pull ${slug}\` fetches it` },
      );
    }
  }
  return paths;
}

/** Read every cached file and compare it with its sha256. */
export async function verifyCache(zoo: ZooContext): Promise<VerifiedEntry[]> {
  const names = await slugsById(zoo);
  const verified: VerifiedEntry[] = [];
  for (const id of await zoo.cache.ids()) {
    const [problem, byteLength] = await Promise.all([zoo.cache.check(id), zoo.cache.byteLength(id)]);
    verified.push({ slugs: names.get(id) ?? [], sha256: id, byteLength, problem });
  }
  return verified;
}

/** Remove what killed processes left, and files that no card names any more. */
export function pruneCache(zoo: ZooContext): Promise<Pruned> {
  return locked(zoo, "prune", async () => {
    const names = await slugsById(zoo);
    const ids = await zoo.cache.ids();
    const size = async () => (await Promise.all(ids.map(zoo.cache.byteLength))).reduce((sum, bytes) => sum + bytes, 0);
    const before = await size();
    const removed = await zoo.cache.sweep();
    for (const id of await zoo.cache.ids()) {
      if (names.has(id)) continue;
      await zoo.cache.drop(id);
      removed.push(zoo.cache.place(id));
    }
    return { removed, freedBytes: before - (await size()) };
  });
}

/**
 * Put a file that the user has into the cache: for models that are not fetched by themselves, or without a network.
 *
 * @throws {ArcfaceError} NOT_FOUND, INVALID_ARGUMENT where the card has no model of its own, INTEGRITY where the card
 *   pins another sha256, UNSUPPORTED_FORMAT where it is no model.
 */
export async function addModel(zoo: ZooContext, slug: string, path: string): Promise<ZooModel> {
  const card = await zoo.catalog.get(slug);
  if (!hasModel(card)) {
    const stages = card.kind === "detector" ? Object.values(card.stages ?? {}).join(", ") : "";
    throw new ArcfaceError("INVALID_ARGUMENT", `zoo: ${slug} is made of stages and has no file of its own`, {
      hint: `add its stages: ${stages}`,
    });
  }
  const bytes = await readModelFile(path);
  const id = sha256(bytes);
  checkSha256(card, id, path);
  return locked(zoo, slug, async () => {
    const model = await keep(zoo, card, bytes);
    if (card.model.sha256 === undefined) await zoo.cache.setAdded({ ...(await zoo.cache.added()), [slug]: id });
    return model;
  });
}

/**
 * Take a model, and the stages it is made of, out of the cache.
 *
 * @returns the slugs whose files were there.
 */
export async function removeModel(zoo: ZooContext, slug: string): Promise<string[]> {
  const cards = (await withStages(zoo.catalog, [slug])).filter(hasModel);
  return locked(zoo, slug, async () => {
    const known = new Set(await zoo.cache.ids());
    const { ...added } = await zoo.cache.added();
    const removed: string[] = [];
    for (const card of cards) {
      const id = await cacheId(zoo, card);
      if (id !== null && known.has(id)) {
        await zoo.cache.drop(id);
        removed.push(card.slug);
      }
      delete added[card.slug];
    }
    await zoo.cache.setAdded(added);
    return removed;
  });
}

async function slugsById(zoo: ZooContext): Promise<Map<string, string[]>> {
  const names = new Map<string, string[]>();
  for (const card of (await zoo.catalog.list()).filter(hasModel)) {
    const id = await cacheId(zoo, card);
    if (id !== null) names.set(id, [...(names.get(id) ?? []), card.slug]);
  }
  return names;
}
