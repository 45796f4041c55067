import { rm } from "node:fs/promises";
import { join } from "node:path";
import { ArcfaceError } from "../errors.ts";
import type { Card } from "./cards/card.ts";
import { cacheId, DOWNLOADS, hasModel, locked, withStages, type ZooContext } from "./context.node.ts";

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
 * Where a model, or each stage of one, lies: as it runs, or as it was published.
 *
 * @throws {ArcfaceError} NOT_FOUND where it is not in the cache (nothing is fetched), INTEGRITY; INVALID_ARGUMENT where it
 *   has no file.
 */
export async function modelPaths(
  zoo: ZooContext,
  slug: string,
  { published = false }: { readonly published?: boolean } = {},
): Promise<Map<string, string>> {
  const paths = new Map<string, string>();
  for (const card of (await withStages(zoo.catalog, [slug])).filter(hasModel)) {
    if ("net" in card.model.source) throw madeWhenUsed(card.slug);
    const id = await cacheId(zoo, card);
    const cached = id === null ? null : await zoo.cache.read(id, zoo.prepareVersion);
    const original = published && id !== null ? (await zoo.cache.entry(id))?.published : undefined;
    if (original) paths.set(card.slug, zoo.cache.place(id!, original.file));
    else if (cached?.state === "ready" && !published) paths.set(card.slug, cached.path);
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

/** For what takes a file: random networks have none. */
export function madeWhenUsed(slug: string): ArcfaceError {
  const hint = `\`arcface archive create ${slug} --out FILE.tar.xz\` writes it into one`;
  return new ArcfaceError("INVALID_ARGUMENT", `zoo: ${slug} is made when it is used, and has no file`, { hint });
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

type Options = { readonly signal?: AbortSignal | undefined };

/**
 * Remove what killed processes left, halves of downloads, and files that no card names any more.
 *
 * @throws {ArcfaceError} IO, CANCELLED while another process holds the cache.
 */
export function pruneCache(zoo: ZooContext, { signal }: Options = {}): Promise<Pruned> {
  const run = async () => {
    const names = await slugsById(zoo);
    const ids = await zoo.cache.ids();
    const size = async () => (await Promise.all(ids.map(zoo.cache.byteLength))).reduce((sum, bytes) => sum + bytes, 0);
    const before = await size();
    const removed = await zoo.cache.sweep();
    await rm(join(zoo.cache.folder, DOWNLOADS), { recursive: true, force: true });
    for (const id of await zoo.cache.ids()) {
      if (names.has(id)) continue;
      await zoo.cache.drop(id);
      removed.push(zoo.cache.place(id));
    }
    const left = new Set(await zoo.cache.ids());
    for (const one of await zoo.adopted.list())
      if (!left.has(one.card.model?.sha256 ?? "")) await zoo.adopted.drop(one);
    return { removed, freedBytes: before - (await size()) };
  };
  return locked(zoo, "prune", run, signal);
}

/**
 * Take a model, and the stages it is made of, out of the cache.
 *
 * @returns the slugs whose files were there.
 */
export async function removeModel(zoo: ZooContext, slug: string, { signal }: Options = {}): Promise<string[]> {
  const cards = (await withStages(zoo.catalog, [slug])).filter(hasModel);
  const run = async () => {
    const known = new Set(await zoo.cache.ids());
    const { ...added } = await zoo.cache.added();
    const removed: string[] = [];
    const asked = new Set([slug, ...cards.map((card) => card.slug)]);
    const names = await slugsById(zoo);
    for (const card of cards) {
      const id = await cacheId(zoo, card);
      if (id !== null && known.has(id)) {
        // The same bytes may be another model's, too.
        if (!names.get(id)?.some((name) => !asked.has(name))) await zoo.cache.drop(id);
        removed.push(card.slug);
      }
      delete added[card.slug];
    }
    await zoo.cache.setAdded(added);
    for (const one of await zoo.adopted.list()) if (asked.has(one.slug)) await zoo.adopted.drop(one);
    return removed;
  };
  return locked(zoo, slug, run, signal);
}

async function slugsById(zoo: ZooContext): Promise<Map<string, string[]>> {
  const names = new Map<string, Set<string>>();
  const name = (id: string, slug: string) => names.set(id, (names.get(id) ?? new Set()).add(slug));
  for (const card of (await zoo.catalog.list()).filter(hasModel)) {
    const id = await cacheId(zoo, card);
    if (id !== null) name(id, card.slug);
  }
  // What came for other platforms, too.
  for (const { slug, card } of await zoo.adopted.list()) name(card.model!.sha256!, slug);
  return new Map([...names].map(([id, slugs]) => [id, [...slugs]]));
}
