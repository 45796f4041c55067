import { createHash } from "node:crypto";
import { readFile, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { asBytes } from "../cache/cache.node.ts";
import { type DownloadOptions, download } from "../download/download.node.ts";

/** How files come over HTTP for the sources that need it. */
export type Fetching = {
  /** Where they grow; those that were cut stay there, to be gone on from. */
  readonly folder: string;
  readonly fetch?: typeof globalThis.fetch | undefined;
  readonly onNotice?: ((notice: string) => void) | undefined;
  readonly retries?: number | undefined;
  readonly backoffMs?: number | undefined;
};

type FileOptions = Omit<DownloadOptions, "path" | keyof Fetching>;

/**
 * Fetch a file, let `use` look at it, and remove it.
 *
 * @throws {ArcfaceError} as download; and what `use` throws.
 */
export async function withFetchedFile<T>(
  { folder, ...fetching }: Fetching,
  options: FileOptions,
  use: (path: string) => Promise<T>,
): Promise<T> {
  // By what it is to be, so that another day's call finds the half of it.
  const id = createHash("sha256")
    .update(options.sha256 ?? options.urls.join(" "))
    .digest("hex");
  const path = join(folder, id.slice(0, 32));
  try {
    await download({ ...fetching, ...options, path });
    return await use(path);
  } finally {
    await rm(path, { force: true }).catch(() => {});
    // Gone when nothing is left in it, which the system checks.
    await rmdir(folder).catch(() => {});
  }
}

/** The same, as bytes. */
export function fetchFile(fetching: Fetching, options: FileOptions): Promise<Uint8Array<ArrayBuffer>> {
  return withFetchedFile(fetching, options, async (path) => asBytes(await readFile(path)));
}
