import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { Compression } from "../bytes/decompress.ts";
import { ArcfaceError } from "../errors.ts";
import { fileError } from "../file-error.node.ts";
import { writeArchiveFile } from "../nn-archive/write.node.ts";
import type { ArchiveParts } from "../zoo/archive/archive-card.ts";

type SaveOptions = { readonly compression?: Compression; readonly force?: boolean; readonly signal?: AbortSignal };

/** @throws {ArcfaceError} CONFLICT where something is there already; as writeArchiveFile. */
export async function saveArchive(path: string, parts: ArchiveParts, { force = false, ...how }: SaveOptions) {
  if (!force) refuseToOverwrite([path]);
  await mkdir(dirname(resolve(path)), { recursive: true }).catch((error: unknown) => {
    throw fileError(error, path, "making the archive's folder");
  });
  await writeArchiveFile(path, parts, how);
  return { file: path, byteLength: (await stat(path)).size };
}

/**
 * Write files into a folder, all or none: they are written beside it first.
 *
 * @returns their paths.
 * @throws {ArcfaceError} CONFLICT where one is there already and not `force`; NO_SPACE, IO.
 */
export async function writeFolder(
  folder: string,
  files: ReadonlyMap<string, Uint8Array | string>,
  { force = false }: { force?: boolean },
): Promise<string[]> {
  const paths = [...files.keys()].map((name) => join(folder, name));
  if (!force) refuseToOverwrite(paths);
  let part: string | null = null;
  try {
    const parent = dirname(resolve(folder));
    await mkdir(parent, { recursive: true });
    part = await mkdtemp(join(parent, `.${basename(resolve(folder))}.part-`));
    for (const [name, contents] of files) {
      await mkdir(dirname(join(part, name)), { recursive: true });
      await writeFile(join(part, name), contents);
    }
    for (const name of files.keys()) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await rename(join(part, name), join(folder, name));
    }
  } catch (error) {
    throw fileError(error, folder, "unpacking an NN archive");
  } finally {
    if (part !== null) await rm(part, { recursive: true, force: true });
  }
  return paths;
}

function refuseToOverwrite(paths: readonly string[]): void {
  const there = paths.find((path) => existsSync(path));
  if (there !== undefined)
    throw new ArcfaceError("CONFLICT", `${there}: is there already`, { hint: "--force writes over it" });
}
