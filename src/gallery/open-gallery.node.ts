import { Gallery } from "./gallery.ts";
import type { SqliteStoreOptions } from "./sqlite-open.node.ts";
import { openSqliteStore } from "./store-sqlite.node.ts";

/**
 * The gallery in an SQLite file, for the embeddings of one recogniser.
 *
 * @param path made where absent, unless `create` is false.
 * @throws {ArcfaceError} as `openSqliteStore`. Another recogniser's gallery opens: asking it throws MODEL_MISMATCH.
 */
export async function openGallery(
  path: string,
  fingerprint: string,
  options: SqliteStoreOptions = {},
): Promise<Gallery> {
  return new Gallery(await openSqliteStore(path, options), fingerprint);
}
