import { Gallery } from "./gallery.ts";
import { createScanThreads } from "./scan-threads.node.ts";
import type { SqliteStoreOptions } from "./sqlite-open.node.ts";
import type { GalleryStore } from "./store.ts";
import { openSqliteStore } from "./store-sqlite.node.ts";

/**
 * The gallery in an SQLite file, for the embeddings of one recogniser. Where it is large, threads of its own search it.
 *
 * @param path made where absent, unless `create` is false.
 * @throws {ArcfaceError} as `openSqliteStore`. Another recogniser's gallery opens: asking it throws MODEL_MISMATCH.
 */
export async function openGallery(
  path: string,
  fingerprint: string,
  options: SqliteStoreOptions = {},
): Promise<Gallery> {
  return galleryOf(await openSqliteStore(path, options), fingerprint);
}

/** A gallery over a store, searched as `openGallery`'s. */
export function galleryOf(store: GalleryStore, fingerprint: string): Gallery {
  return new Gallery(store, fingerprint, { createEngine: () => createScanThreads() });
}
