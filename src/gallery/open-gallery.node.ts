import { Gallery } from "./gallery.ts";
import { createIndexFile } from "./index-file.node.ts";
import { createScanThreads } from "./scan-threads.node.ts";
import type { SqliteStoreOptions } from "./sqlite-open.node.ts";
import type { GalleryStore } from "./store.ts";
import { openSqliteStore } from "./store-sqlite.node.ts";

/**
 * The gallery in an SQLite file, for the embeddings of one recogniser. Where it is large, threads of its own search it,
 * and its templates are kept as int8 in `<path>.index`, so that it opens faster the next time.
 *
 * @param path made where absent, unless `create` is false.
 * @throws {ArcfaceError} as `openSqliteStore`. Another recogniser's gallery opens: asking it throws MODEL_MISMATCH.
 */
export async function openGallery(
  path: string,
  fingerprint: string,
  options: SqliteStoreOptions = {},
): Promise<Gallery> {
  return galleryOf(await openSqliteStore(path, options), path, fingerprint);
}

/** @param store `openSqliteStore`'s of that path. */
export function galleryOf(store: GalleryStore, path: string, fingerprint: string): Gallery {
  return new Gallery(store, fingerprint, { createEngine: () => createScanThreads(), keeper: createIndexFile(path) });
}
