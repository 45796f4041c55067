import { mkdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { LabelledImage, LabelledImages } from "../data/labelled-images.ts";
import { openRecordWriter } from "../data/recordio/write-records.node.ts";
import { ArcfaceError, throwIfCancelled } from "../errors.ts";
import { fileError } from "../file-error.node.ts";

export type CopyOptions = {
  /** Default: files of sets whose classes have names, records of those that have numbers. */
  readonly format?: "files" | "records";
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  readonly signal?: AbortSignal;
};

/**
 * Copy some pictures of a set into a new folder, the whole of it or nothing: a folder for every class that has any, where
 * pictures keep their paths or are called by their numbers; or RecordIO. Classes are numbered anew, in their order.
 *
 * @throws {ArcfaceError} CONFLICT where the folder is there already; CANCELLED; IO, NO_SPACE.
 */
export async function copyImages(
  data: LabelledImages,
  kept: readonly number[],
  folder: string,
  { format = data.classNames === null ? "records" : "files", onProgress, signal }: CopyOptions = {},
): Promise<void> {
  if (await stat(folder).catch(() => null))
    throw new ArcfaceError("CONFLICT", `${folder}: expected no such file or folder yet, got one`, {
      hint: "name another, or remove it",
    });
  const part = `${folder.replace(/[/\\]+$/, "")}.part-${Math.random().toString(36).slice(2)}`;
  async function* pictures(): AsyncIterable<LabelledImage & { readonly number: number }> {
    let done = 0;
    for (const number of await byLabel(data, kept)) {
      throwIfCancelled(signal, "clean");
      yield { ...(await data.read(number)), number };
      onProgress?.({ done: ++done, total: kept.length });
    }
  }
  try {
    await mkdir(part, { recursive: true });
    await (format === "records" ? writeRecords(part, pictures()) : writeFiles(part, data, pictures()));
    await rename(part, folder);
  } catch (error) {
    await rm(part, { recursive: true, force: true }).catch(() => {});
    throw fileError(error, folder, "writing the cleaned copy");
  }
}

type Pictures = AsyncIterable<LabelledImage & { readonly number: number }>;

async function writeFiles(folder: string, { classNames }: LabelledImages, pictures: Pictures): Promise<void> {
  for await (const { bytes, label, name, number } of pictures) {
    // Lists may name files anywhere.
    const isInside = classNames !== null && name.startsWith(`${classNames[label]}/`) && !name.split("/").includes("..");
    const path = join(folder, isInside ? name : numbered(number, label));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
  }
}

async function writeRecords(folder: string, pictures: Pictures): Promise<void> {
  await using writer = await openRecordWriter(folder);
  let [label, before] = [-1, -1];
  for await (const picture of pictures) {
    if (picture.label !== before) label++;
    before = picture.label;
    await writer.write({ ...picture, label });
  }
  await writer.finish();
}

async function byLabel(data: LabelledImages, numbers: readonly number[]): Promise<readonly number[]> {
  const labels = new Map<number, number>();
  for (const number of numbers) labels.set(number, await data.label(number));
  return [...numbers].sort((a, b) => labels.get(a)! - labels.get(b)! || a - b);
}

/** Of one length, so that names are in the order of the labels. */
function numbered(number: number, label: number): string {
  return `${`${label}`.padStart(7, "0")}/${`${number}`.padStart(9, "0")}.jpg`;
}
