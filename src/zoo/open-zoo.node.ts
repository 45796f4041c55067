import { addModel } from "./add.node.ts";
import { type Bundled, bundleModels } from "./bundle/bundle.node.ts";
import { unbundleModels } from "./bundle/unbundle.node.ts";
import type { Card } from "./cards/card.ts";
import { createContext, type ZooModel, type ZooOptions } from "./context.node.ts";
import { ensureModels } from "./models.node.ts";
import {
  listModels,
  modelPaths,
  type Pruned,
  pruneCache,
  removeModel,
  type VerifiedEntry,
  verifyCache,
  type ZooListing,
} from "./upkeep.node.ts";

/** Models by name: cards, and a cache on disk that fills itself. */
export interface Zoo {
  readonly cacheDir: string;
  list(): Promise<ZooListing[]>;
  /** @throws {ArcfaceError} NOT_FOUND with the nearest names; INVALID_ARGUMENT where it is no slug. */
  card(slug: string): Promise<Card>;
  /** See ensureModels. */
  ensure(wanted: readonly (string | Card)[], options?: { signal?: AbortSignal }): Promise<Map<string, ZooModel>>;
  /** See modelPaths. */
  paths(slug: string, options?: { published?: boolean }): Promise<Map<string, string>>;
  verify(): Promise<VerifiedEntry[]>;
  prune(options?: { signal?: AbortSignal }): Promise<Pruned>;
  /** See addModel. */
  add(slug: string, file: string, options?: { signal?: AbortSignal }): Promise<ZooModel>;
  /** See bundleModels. */
  bundle(slugs: readonly string[], out: string, options?: { signal?: AbortSignal }): Promise<Bundled>;
  /** See unbundleModels. */
  unbundle(file: string, options?: { signal?: AbortSignal }): Promise<string[]>;
  /** See removeModel. */
  remove(slug: string, options?: { signal?: AbortSignal }): Promise<string[]>;
}

/** Opens nothing yet: the cache's folder is made when something is put into it. */
export function openZoo(options: ZooOptions): Zoo {
  const zoo = createContext(options);
  return {
    cacheDir: zoo.cache.folder,
    list: () => listModels(zoo),
    card: (slug) => zoo.catalog.get(slug),
    ensure: (wanted, { signal } = {}) => ensureModels(zoo, wanted, signal && { signal }),
    paths: (slug, options) => modelPaths(zoo, slug, options),
    verify: () => verifyCache(zoo),
    prune: (options) => pruneCache(zoo, options),
    add: (slug, file, options) => addModel(zoo, slug, file, options),
    bundle: (slugs, out, options) => bundleModels(zoo, slugs, out, options),
    unbundle: (file, options) => unbundleModels(zoo, file, options),
    remove: (slug, options) => removeModel(zoo, slug, options),
  };
}
