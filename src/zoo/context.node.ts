import { join } from "node:path";
import { type Cache, cacheFolder, openCache } from "./cache/cache.node.ts";
import { withLock } from "./cache/lock.node.ts";
import { type AdoptedCards, openAdopted } from "./cards/adopted.node.ts";
import type { Card } from "./cards/card.ts";
import { type Catalog, openCatalog } from "./cards/cards.node.ts";
import { withAdopted } from "./cards/known-cards.node.ts";
import { type FetchCard, fetchCardFile, type HubOf } from "./fetch-card.node.ts";
import { hubSource } from "./hub/hub-source.node.ts";
import type { Platform } from "./platform.ts";
import type { ZooSource } from "./source.ts";
import { npmPlace } from "./sources/npm-pack.node.ts";
import { type OpenedSource, openSource, splitSources } from "./sources/open-source.node.ts";
import type { CardWithModel, PlaceOf } from "./sources/pack.ts";
import { urlPlace } from "./sources/url-pack.node.ts";

/** What a model goes through on entering the cache: TFLite to ONNX, denormal weights to zero. */
export type Prepare = (bytes: Uint8Array, name: string) => Promise<{ model: Uint8Array; notes: readonly string[] }>;

export type ZooProgress =
  /** A total of 0 is not known. */
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
  /** Where models that no card here names are looked for: folders, addresses, sources; then those of `ARCFACE_SOURCES`. */
  readonly sources?: readonly (string | ZooSource)[];
  /** The Luxonis hub, asked last, for `team/model:variant` of teams whose models do not ship. `null`: never. */
  readonly hub?: ZooSource | null;
  /** What models are to run on; chooses among the files of one. Default cpu. */
  readonly platform?: Platform;
  /** Refuse what its licence does not allow commercially. Default: whether `ARCFACE_COMMERCIAL` is 1. */
  readonly commercial?: boolean;
  /** Never touch the network. Default: whether `ARCFACE_OFFLINE` is 1. */
  readonly offline?: boolean;
  readonly onProgress?: (progress: ZooProgress) => void;
  /** Called before a model is fetched, or used for the first time on this machine. */
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
export type ZooContext = Pick<
  ZooOptions,
  "prepare" | "prepareVersion" | "onProgress" | "onLicence" | "onNotice" | "staleLockMs"
> & {
  readonly cache: Cache;
  /** The shipped cards and those given. */
  readonly shipped: Catalog;
  /** These, and what is known of models that came from elsewhere. */
  readonly catalog: Catalog;
  readonly adopted: AdoptedCards;
  readonly sources: readonly OpenedSource[];
  /** The hub, asked for files of a precision where one is said; `null` where it is not to be asked. */
  readonly hubOf: HubOf;
  /** Where the files of cards are that come out of packs. */
  readonly placeOf: PlaceOf;
  readonly platform: Platform;
  readonly commercial: boolean;
  readonly offline: boolean;
  readonly env: NodeJS.ProcessEnv;
};

/** The folder in the cache where files grow while they are fetched. */
export const DOWNLOADS = "downloads";

export function createContext(options: ZooOptions): ZooContext {
  const { env = process.env, platform = "cpu", onNotice } = options;
  const cache = openCache(options.cacheDir ?? cacheFolder(env));
  const shipped = openCatalog(options.cardsDir, options.cards);
  const adopted = openAdopted(cache.folder);
  const fetching = { folder: join(cache.folder, DOWNLOADS), onNotice };
  const [npm, url] = [npmPlace(env), urlPlace(fetching)];
  const placeOf: PlaceOf = (card) => npm(card) ?? url(card);
  const cacheDirectory = env.DEPTHAI_ZOO_CACHE_PATH || join(cache.folder, "hub");
  // In a folder that is ours alone it would lie twice.
  const keeps = Boolean(env.DEPTHAI_ZOO_CACHE_PATH);
  const hubOf = (precision?: string) =>
    options.hub === undefined ? hubSource({ env, cacheDirectory, precision, keeps }) : options.hub;
  const fetchCard: FetchCard = (card, receive) => fetchCardFile({ placeOf, hubOf, platform }, card, receive);
  const named = [...(options.sources ?? []), ...splitSources(env.ARCFACE_SOURCES ?? "")];
  const open = (source: string | ZooSource): OpenedSource =>
    typeof source === "string" ? openSource(source, { fetching, fetchCard }) : { source, isLocal: false };
  return {
    ...options,
    env,
    platform,
    cache,
    shipped,
    adopted,
    placeOf,
    catalog: withAdopted(shipped, adopted, platform),
    sources: named.map(open),
    hubOf,
    commercial: options.commercial ?? env.ARCFACE_COMMERCIAL === "1",
    offline: options.offline ?? env.ARCFACE_OFFLINE === "1",
  };
}

export type { CardWithModel } from "./sources/pack.ts";

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
