import { sha256Hex } from "../../bytes/sha256.ts";
import { ArcfaceError } from "../../errors.ts";

/** Files by their sha256, kept by the browser from visit to visit; and one text, the index that named them. */
export interface KeptFiles {
  /** `null` where it is not kept, or was kept damaged. */
  read(id: string): Promise<Uint8Array<ArrayBuffer> | null>;
  /** @throws {ArcfaceError} NO_SPACE */
  keep(id: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  readIndex(): Promise<string | null>;
  /** Keeps the text, and lets go of every file but these. @throws {ArcfaceError} NO_SPACE */
  keepIndex(text: string, ids: ReadonlySet<string>): Promise<void>;
}

/** A private window may have no Cache Storage, and a page that wants none: nothing is kept, and everything fetched. */
export const KEEP_NOTHING: KeptFiles = {
  read: async () => null,
  keep: async () => {},
  readIndex: async () => null,
  keepIndex: async () => {},
};

const CACHE_NAME = "arcface-models";

/**
 * What is kept in Cache Storage of one folder of models; other folders of the same origin do not touch it. Addresses
 * there are names only: `<folder>kept/<sha256>` and `<folder>kept/index`.
 */
export async function openKeptFiles(folder: string): Promise<KeptFiles> {
  // Firefox's private windows have `caches` and refuse to open one.
  const cache = await globalThis.caches?.open(CACHE_NAME).catch(() => null);
  if (!cache) return KEEP_NOTHING;
  const place = (name: string): string => `${folder}kept/${name}`;
  const find = async (name: string) => (await cache.match(place(name)).catch(() => undefined)) ?? null;
  const put = (name: string, body: BodyInit): Promise<void> =>
    cache.put(place(name), new Response(body)).catch((cause: unknown) => {
      throw new ArcfaceError("NO_SPACE", `${folder}: the browser has no room to keep the models of this site`, {
        hint: "free space on the disk or in the site's storage, or load with keep: false, which fetches them each time",
        cause,
      });
    });

  return {
    async read(id) {
      const buffer = await (await find(id))?.arrayBuffer().catch(() => null);
      if (!buffer) return null;
      const bytes = new Uint8Array(buffer);
      if ((await sha256Hex(bytes)) === id) return bytes;
      await cache.delete(place(id));
      return null;
    },
    keep: (id, bytes) => put(id, bytes),
    readIndex: async () => (await (await find("index"))?.text().catch(() => null)) ?? null,
    async keepIndex(text, ids) {
      await put("index", text);
      const kept = new Set([...ids, "index"].map(place));
      for (const { url } of await cache.keys())
        if (url.startsWith(place("")) && !kept.has(url)) await cache.delete(url);
    },
  };
}
