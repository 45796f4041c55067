import { constants } from "node:fs";
import { access, mkdir, readdir, readFile, rename, rm, rmdir, stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import * as z from "zod";
import { writeWhole } from "../../bytes/write-whole.node.ts";
import { ArcfaceError } from "../../errors.ts";
import { fileError } from "../../file-error.node.ts";
import { type LockOptions, withLockOn } from "../cache/lock.node.ts";
import type { NNModelDescription } from "../description.ts";
import { parseYamlText, printYamlText } from "../yaml-text.ts";
import type { HubLinks } from "./links.ts";

const mapOfText = z.map(z.unknown(), z.unknown());
const metadataSchema = mapOfText
  .transform((map) => Object.fromEntries(map))
  .pipe(
    z.object({
      hash: z.string(),
      downloaded_files: z.array(z.string()),
      /** Of each file, as it came. Ours: DepthAI neither writes nor reads it. */
      sha256: z.map(z.string(), z.string()).optional(),
    }),
  );
export type HubMetadata = z.infer<typeof metadataSchema>;

/**
 * One model's place in a cache laid out as DepthAI's, which DepthAI reads and which reads DepthAI's:
 *
 *     <cache>/.locks/<sha1>.lock      a file; `.lock.lock` beside it while somebody of ours writes
 *     <cache>/metadata.yaml           by the names that descriptions were read by
 *     <cache>/<sha1>/metadata.yaml    hash, ids, files, and their sha256
 *     <cache>/<sha1>/model.yaml       the description
 *     <cache>/<sha1>/<files>
 *     <cache>/.parts/<sha1>/          what is being fetched; becomes <cache>/<sha1> when it is whole
 */
export function openHubCache(directory: string, folderName: string, entryName: string) {
  const root = resolve(directory);
  const folder = join(root, folderName);
  const parts = join(root, ".parts", folderName);
  const hint = "DEPTHAI_ZOO_CACHE_PATH may name another folder";
  const failed = (error: unknown, doing: string) => fileError(error, root, doing, hint);

  /** Make it where it is not there. @returns whether it can be written to. */
  const prepare = async (): Promise<boolean> => {
    if (!(await isThere(root)))
      await mkdir(root, { recursive: true }).catch((error) => {
        const { code, message } = failed(error, "making the model cache");
        throw new ArcfaceError(code, `Failed to create cache directory: ${directory} | ${message}`, {
          hint,
          cause: error,
        });
      });
    if (!(await may(root, constants.R_OK)))
      throw new ArcfaceError("IO", `Cache directory ${directory} is not readable`, { hint });
    return may(root, constants.W_OK);
  };

  const locked = async <T>(run: () => Promise<T>, options: LockOptions): Promise<T> => {
    const file = join(root, ".locks", `${folderName}.lock`);
    await touch(file).catch((error) => {
      throw failed(error, "locking the model cache");
    });
    return withLockOn(file, `${file}.lock`, run, options);
  };

  /** `null` where nothing is there. @throws {ArcfaceError} UNSUPPORTED_FORMAT, IO */
  const metadata = async (): Promise<HubMetadata | null> => {
    const path = join(folder, "metadata.yaml");
    const text = await textOf(path);
    if (text === null) return null;
    try {
      return metadataSchema.parse(parseYamlText(text));
    } catch (cause) {
      throw new ArcfaceError("UNSUPPORTED_FORMAT", `${path}: expected what was downloaded, with its hash`, { cause });
    }
  };

  /** Those of the names that are there. */
  const files = async (names: readonly string[]): Promise<string[]> => {
    const present: string[] = await readdir(folder).catch(() => []);
    return names.filter((name) => present.includes(name));
  };

  const remove = async (): Promise<void> => {
    try {
      await rm(folder, { recursive: true, force: true });
      if (entryName !== "" && (await isThere(join(root, "metadata.yaml"))))
        await changeGlobal((all) => all.delete(entryName));
    } catch (error) {
      throw failed(error, "clearing the model cache");
    }
  };

  /** Drop what was being fetched, and the folders for it where nothing is left in them, which the system checks. */
  const clearParts = async ({ keepsHalves }: { readonly keepsHalves: boolean }): Promise<void> => {
    if (!keepsHalves) await rm(parts, { recursive: true, force: true }).catch(() => {});
    await rmdir(parts).catch(() => {});
    await rmdir(join(root, ".parts")).catch(() => {});
  };

  /** What was fetched into `parts`, each file verified, becomes the model's folder. Nothing lies there yet. */
  const keep = async (
    { hash, modelId, modelVersionId, modelInstanceId }: HubLinks,
    sha256: ReadonlyMap<string, string>,
    description: NNModelDescription,
  ): Promise<void> => {
    const ids = { model_id: modelId, model_version_id: modelVersionId, model_instance_id: modelInstanceId };
    const common = { hash, ...ids, downloaded_files: [...sha256.keys()] };
    try {
      const strangers = (await readdir(parts)).filter((name) => !sha256.has(name));
      for (const name of strangers) await rm(join(parts, name), { recursive: true, force: true });
      const own = { ...common, sha256: Object.fromEntries(sha256) };
      await writeWhole(join(parts, "metadata.yaml"), printYamlText(own));
      await writeWhole(join(parts, "model.yaml"), description.toYaml());
      await rename(parts, folder);
      if (entryName !== "") await changeGlobal((all) => all.set(entryName, { ...common, folder_name: folderName }));
    } catch (error) {
      await rm(folder, { recursive: true, force: true }).catch(() => {});
      throw failed(error, "writing the model cache");
    }
    await clearParts({ keepsHalves: false });
  };

  /** All names' metadata lie in one file, and each model has a lock of its own. */
  const changeGlobal = async (change: (all: Map<unknown, unknown>) => void): Promise<void> => {
    const path = join(root, "metadata.yaml");
    const file = join(root, ".locks", "metadata.lock");
    await touch(file);
    await withLockOn(file, `${file}.lock`, async () => {
      const all = mapOf((await textOf(path)) ?? "");
      change(all);
      await writeWhole(path, printYamlText(all));
    });
  };

  return {
    root,
    folder,
    parts,
    prepare,
    locked,
    metadata,
    files,
    remove,
    clearParts,
    keep,
    isThere: () => isThere(folder),
  };
}

export type HubCache = ReturnType<typeof openHubCache>;

/** Other programs write it too: what is not readable in it is begun anew. */
function mapOf(text: string): Map<unknown, unknown> {
  try {
    const value = parseYamlText(text);
    return value instanceof Map ? value : new Map();
  } catch {
    return new Map();
  }
}

async function touch(file: string): Promise<void> {
  await mkdir(join(file, ".."), { recursive: true });
  await writeFile(file, "", { flag: "a" });
}

function may(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null;
}

async function textOf(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw fileError(error, path, "reading the model cache");
  }
}
