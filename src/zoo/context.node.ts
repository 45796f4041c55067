import { basename } from "node:path";
import { expected } from "../errors.ts";
import { type Cache, cacheFolder, openCache } from "./cache.node.ts";
import type { Card, CardModel } from "./card.ts";
import { type Catalog, openCatalog } from "./cards.node.ts";
import { withLock } from "./lock.node.ts";

/** What a model goes through on entering the cache: TFLite to ONNX, denormal weights to zero. */
export type Prepare = (bytes: Uint8Array, name: string) => Promise<{ model: Uint8Array; notes: readonly string[] }>;

export type ZooProgress =
  | { readonly phase: "download"; readonly name: string; readonly receivedBytes: number; readonly totalBytes: number }
  /** Another process is filling the cache. */
  | { readonly phase: "wait"; readonly name: string }
  | { readonly phase: "prepare"; readonly name: string };

export type ZooOptions = {
  readonly prepare: Prepare;
  /** Files that another version prepared are prepared again. */
  readonly prepareVersion: string;
  /** Default: `ARCFACE_CACHE`, or the system's place for caches. */
  readonly cacheDir?: string;
  /** Cards besides the shipped ones; they win where the slug is the same. */
  readonly cards?: readonly Card[];
  /** Instead of the shipped cards. */
  readonly cardsDir?: string;
  /** Never touch the network. Default: whether `ARCFACE_OFFLINE` is 1. */
  readonly offline?: boolean;
  readonly onProgress?: (progress: ZooProgress) => void;
  /** Called before a model is used for the first time on this machine. */
  readonly onLicence?: (card: Card) => void;
  /** A sentence on something that mended itself: a damaged file fetched again. */
  readonly onNotice?: (notice: string) => void;
  /** Where ARCFACE_… and npm's variables are looked up. Default: the process's. */
  readonly env?: NodeJS.ProcessEnv;
  /** How long a lock must lie untouched to be a killed process's. Default 15000. */
  readonly staleLockMs?: number;
};

/** A card with what it names: ONNX bytes, ready to run. */
export type ZooModel = {
  readonly card: Card;
  /** `null` for a card that is made of stages. */
  readonly model: Uint8Array | null;
  /** Hex, of the file as published: what a fingerprint is made of. `null` where `model` is. */
  readonly sha256: string | null;
  /** Where the bytes lie; `null` where they are not kept. */
  readonly path: string | null;
  /** What the preparation did, for people. */
  readonly notes: readonly string[];
};

/** What the parts of the zoo share. */
export type ZooContext = Omit<ZooOptions, "cacheDir" | "cards" | "cardsDir" | "offline" | "env"> & {
  readonly cache: Cache;
  readonly catalog: Catalog;
  readonly offline: boolean;
  readonly env: NodeJS.ProcessEnv;
};

export function createContext({ cacheDir, cards, cardsDir, ...options }: ZooOptions): ZooContext {
  const { env = process.env } = options;
  return {
    ...options,
    env,
    offline: options.offline ?? env.ARCFACE_OFFLINE === "1",
    cache: openCache(cacheDir ?? cacheFolder(env)),
    catalog: openCatalog(cardsDir, cards),
  };
}

export type CardWithModel = Card & { readonly model: CardModel };

export function hasModel(card: Card): card is CardWithModel {
  return card.model !== undefined;
}

/** The cards, then those of their stages, each once. */
export async function withStages(catalog: Catalog, wanted: readonly (string | Card)[]): Promise<Card[]> {
  const cards = new Map<string, Card>();
  const queue = [...wanted];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    if (cards.has(typeof next === "string" ? next : next.slug)) continue;
    const card = typeof next === "string" ? await catalog.get(next) : next;
    cards.set(card.slug, card);
    if (card.kind === "detector") queue.push(...Object.values(card.stages ?? {}));
  }
  return [...cards.values()];
}

/** The sha256 by which the cache knows a card's file; `null` where no card pins it and nobody added one. */
export async function cacheId({ cache }: ZooContext, card: CardWithModel): Promise<string | null> {
  return card.model.sha256 ?? (await cache.added())[card.slug] ?? null;
}

/** Run with the only right to write to the cache, among all processes. */
export function locked<T>(zoo: ZooContext, name: string, run: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const onWait = () => zoo.onProgress?.({ phase: "wait", name });
  return withLock(zoo.cache.folder, run, { onWait, signal, staleMs: zoo.staleLockMs });
}

export function fileName({ slug, model: { source } }: CardWithModel): string {
  if ("npm" in source) return basename(source.npm.file);
  if ("path" in source) return basename(source.path);
  if ("net" in source) return `${source.net}.onnx`;
  if ("hub" in source) return "archive.tar.xz";
  const name = source.entry ?? new URL(source.url).pathname;
  if (!name) throw expected(slug, "an address that ends in a file's name", source.url);
  return basename(name);
}
