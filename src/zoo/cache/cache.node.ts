import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import envPaths from "env-paths";
import * as z from "zod";
import { PART, writeWhole } from "../../bytes/write-whole.node.ts";
import { ArcfaceError } from "../../errors.ts";
import { fileError } from "../../file-error.node.ts";

const part = z.object({ file: z.string(), sha256: z.string(), byteLength: z.number() });

export const entrySchema = z.object({
  /** The file as published; absent where it was a local one, which stays where it is. */
  published: part.optional(),
  /** What runs: ONNX, denormal weights flushed. Absent until somebody needs it. */
  prepared: part.extend({ version: z.string(), notes: z.array(z.string()) }).optional(),
});

export type CacheEntry = z.infer<typeof entrySchema>;

/** The answer to "may I run this?". */
export type Cached =
  | { readonly state: "absent" }
  /** There, but not as this version prepares it: never prepared (`isNew`), by another version, or `problem`. */
  | {
      readonly state: "unprepared";
      readonly published: Uint8Array;
      readonly isNew: boolean;
      readonly problem: string | null;
    }
  | { readonly state: "ready"; readonly model: Uint8Array; readonly path: string; readonly notes: readonly string[] }
  /** Something is there that cannot be used: `problem` completes "the cache is damaged: …". */
  | { readonly state: "damaged"; readonly problem: string };

export type NewEntry = {
  /** What the published file is called. */
  readonly name: string;
  readonly published?: Uint8Array | undefined;
  readonly prepared?:
    | { readonly model: Uint8Array; readonly version: string; readonly notes: readonly string[] }
    | undefined;
};

/** `ARCFACE_CACHE`, or the place the system has for caches: ~/.cache/arcface, ~/Library/Caches/arcface … */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return env.ARCFACE_CACHE ? resolve(env.ARCFACE_CACHE) : envPaths("arcface", { suffix: "" }).cache;
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/**
 * Model files on disk, by the sha256 of the file as published:
 *
 *     <folder>/lock/                             held by whoever writes
 *     <folder>/added.json                        slug → sha256 of files that people added and no card pins
 *     <folder>/cards/<team>/<model>…             cards of models that came from elsewhere: see adopted.node.ts
 *     <folder>/downloads/                        halves of files, to be gone on from
 *     <folder>/models/<sha256>/<file>            as published
 *     <folder>/models/<sha256>/<file>.v<V>.onnx  as it runs, where that differs; V is the preparation's version
 *     <folder>/models/<sha256>/entry.json        says the two above, with their sha256; written last
 *
 * A folder without entry.json is not there. Everything is checked against its sha256 when read.
 * Reading takes no lock, so a cache that is read-only serves what it has; writers hold withLock's.
 */
export function openCache(folder: string) {
  const models = join(folder, "models");
  const place = (id: string, file = "") => join(models, id, file);

  const readEntry = async (id: string): Promise<CacheEntry | null> => {
    const text = await readIfThere(place(id, "entry.json"));
    return text === null ? null : entrySchema.parse(JSON.parse(new TextDecoder().decode(text)));
  };

  /** @throws a plain Error whose message says what is wrong. */
  const readPart = async (id: string, { file, ...part }: { file: string; sha256: string }): Promise<Uint8Array> => {
    // entry.json may have been written by anything: it does not lead out of its folder.
    const bytes = basename(file) === file ? await readIfThere(place(id, file)) : null;
    if (bytes === null) throw new Error(`${place(id, file)} is missing`);
    if (sha256(bytes) !== part.sha256) throw new Error(`${place(id, file)} has other bytes than were written`);
    return bytes;
  };

  const read = async (id: string, version: string): Promise<Cached> => {
    let problem: string | null = null;
    try {
      const entry = await readEntry(id);
      if (entry === null) return { state: "absent" };
      const { published, prepared } = entry;
      if (prepared?.version === version) {
        try {
          const model = await readPart(id, prepared);
          return { state: "ready", model, path: place(id, prepared.file), notes: prepared.notes };
        } catch (error) {
          problem = problemOf(error);
        }
      }
      if (published) {
        return {
          state: "unprepared",
          published: await readPart(id, { file: published.file, sha256: id }),
          isNew: prepared === undefined,
          problem,
        };
      }
    } catch (error) {
      problem = problemOf(error);
    }
    return problem === null ? { state: "absent" } : { state: "damaged", problem };
  };

  /**
   * Add or replace; the caller holds the lock and has checked `published` to be `id`.
   *
   * @throws {ArcfaceError} NO_SPACE, IO; what was there before stays, else nothing.
   */
  const put = async (id: string, { name, published, prepared }: NewEntry): Promise<void> => {
    const file = basename(name).replace(/[^\w.-]/g, "_");
    const entry: CacheEntry = {};
    const before = await readEntry(id).catch(() => null);
    try {
      await mkdir(place(id), { recursive: true });
      if (published) {
        entry.published = { file, sha256: id, byteLength: published.length };
        await writeWhole(place(id, file), published);
      }
      if (prepared) {
        const { model, version, notes } = prepared;
        const preparedId = sha256(model);
        // What needed no preparation is not kept twice.
        const preparedFile = published && preparedId === id ? file : `${file}.v${version}.onnx`;
        entry.prepared = {
          file: preparedFile,
          sha256: preparedId,
          byteLength: model.length,
          version,
          notes: [...notes],
        };
        if (preparedFile !== file) await writeWhole(place(id, preparedFile), model);
      }
      await writeWhole(place(id, "entry.json"), `${JSON.stringify(entry, null, 2)}\n`);
    } catch (error) {
      if (before === null) await rm(place(id), { recursive: true, force: true }).catch(() => {});
      throw fileError(error, folder, "writing the model cache", "ARCFACE_CACHE may name another folder");
    }
    // The entry is whole already; what cannot be removed now is at the next sweep.
    await removeStrangers(id, entry).catch(() => {});
  };

  /** Remove the files of an entry that it does not name. @returns their paths. */
  const removeStrangers = async (id: string, { published, prepared }: CacheEntry): Promise<string[]> => {
    const kept = ["entry.json", published?.file, prepared?.file];
    const strangers = (await readdir(place(id))).filter((file) => !kept.includes(file)).map((file) => place(id, file));
    await Promise.all(strangers.map(remove));
    return strangers;
  };

  /** Take out; the caller holds the lock. entry.json goes first, so that no reader sees half of it. */
  const drop = async (id: string): Promise<void> => {
    await remove(place(id, "entry.json"));
    await remove(place(id));
  };

  const ids = async (): Promise<string[]> => {
    const names = await readdir(models).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return [];
      throw fileError(error, folder, "reading the model cache", "ARCFACE_CACHE may name another folder");
    });
    return names.filter((name) => /^[0-9a-f]{64}$/.test(name)).sort();
  };

  /** What is wrong with an entry, every file read; `null` where nothing is. */
  const check = async (id: string): Promise<string | null> => {
    try {
      const entry = await readEntry(id);
      if (entry === null) return "it was never finished";
      const { published, prepared } = entry;
      if (published) await readPart(id, { file: published.file, sha256: id });
      if (prepared) await readPart(id, prepared);
      return null;
    } catch (error) {
      return problemOf(error);
    }
  };

  const byteLength = async (id: string): Promise<number> => {
    const files = await readdir(place(id)).catch(() => []);
    const sizes = await Promise.all(
      files.map(async (file) => (await stat(place(id, file)).catch(() => null))?.size ?? 0),
    );
    return sizes.reduce((sum, size) => sum + size, 0);
  };

  /** Remove what killed processes left; the caller holds the lock. @returns the paths removed. */
  const sweep = async (): Promise<string[]> => {
    const parts = (await readdir(folder)).filter((file) => PART.test(file)).map((file) => join(folder, file));
    await Promise.all(parts.map(remove));
    const removed = [...parts];
    for (const id of await ids()) {
      const entry = await readEntry(id).catch(() => undefined);
      if (entry) removed.push(...(await removeStrangers(id, entry)));
      if (entry !== null) continue;
      await drop(id);
      removed.push(place(id));
    }
    return removed;
  };

  /** Slugs of files that people added and no card pins. */
  const added = async (): Promise<Record<string, string>> => {
    const text = await readIfThere(join(folder, "added.json"));
    if (text === null) return {};
    try {
      return z.record(z.string(), z.string()).parse(JSON.parse(new TextDecoder().decode(text)));
    } catch (cause) {
      throw new ArcfaceError("UNSUPPORTED_FORMAT", `${join(folder, "added.json")}: expected slugs and their sha256`, {
        hint: "delete it and add the models again",
        cause,
      });
    }
  };

  /** The caller holds the lock. */
  const setAdded = async (slugs: Readonly<Record<string, string>>): Promise<void> => {
    await writeWhole(join(folder, "added.json"), `${JSON.stringify(slugs, null, 2)}\n`).catch((error) => {
      throw fileError(error, folder, "writing the model cache");
    });
  };

  return { folder, entry: readEntry, read, put, drop, ids, check, byteLength, sweep, added, setAdded, place };
}

export type Cache = ReturnType<typeof openCache>;

/** What a damaged file says of itself; refusals of the file system are errors still. */
function problemOf(error: unknown): string {
  if (error instanceof ArcfaceError) throw error;
  if (error instanceof z.ZodError) return "its entry.json says something else than it should";
  return (error as Error).message.split("\n")[0]!;
}

async function remove(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch((error) => {
    throw fileError(error, path, "clearing the model cache");
  });
}

/** Without the habits of a Buffer, which leak to whoever gets it. */
export function asBytes(buffer: Buffer<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

/** @returns `null` where nothing is there; other refusals are errors. */
async function readIfThere(path: string): Promise<Uint8Array | null> {
  try {
    return asBytes(await readFile(path));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return null;
    throw fileError(error, path, "reading the model cache", "ARCFACE_CACHE may name another folder");
  }
}
