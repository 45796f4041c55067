import { mkdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { LabelledImages } from "../data/labelled-images.ts";
import { ArcfaceError, throwIfCancelled } from "../errors.ts";
import { fileError } from "../file-error.node.ts";

export type CopyOptions = {
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  readonly signal?: AbortSignal;
};

/**
 * Copy some pictures of a set into a new folder, a folder for every class that has any: the whole of it, or nothing.
 * Pictures keep their paths, or, as records, are called by their numbers.
 *
 * @throws {ArcfaceError} CONFLICT where the folder is there already; CANCELLED; IO, NO_SPACE.
 */
export async function copyImages(
  data: LabelledImages,
  kept: readonly number[],
  folder: string,
  { onProgress, signal }: CopyOptions = {},
): Promise<void> {
  if (await stat(folder).catch(() => null))
    throw new ArcfaceError("CONFLICT", `${folder}: expected no such file or folder yet, got one`, {
      hint: "name another, or remove it",
    });
  const part = `${folder.replace(/[/\\]+$/, "")}.part-${Math.random().toString(36).slice(2)}`;
  try {
    await mkdir(part, { recursive: true });
    let done = 0;
    for (const i of kept) {
      throwIfCancelled(signal, "clean");
      const { bytes, label, name } = await data.read(i);
      const path = join(part, data.classNames === null ? recordPath(i, label) : name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, bytes);
      onProgress?.({ done: ++done, total: kept.length });
    }
    await rename(part, folder);
  } catch (error) {
    await rm(part, { recursive: true, force: true }).catch(() => {});
    throw fileError(error, folder, "writing the cleaned copy");
  }
}

/** Of one length, so that names are in the order of the labels. */
function recordPath(number: number, label: number): string {
  return `${`${label}`.padStart(7, "0")}/${`${number}`.padStart(9, "0")}.jpg`;
}
