import { readdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { ArcfaceError } from "../errors.ts";
import { fileError } from "../file-error.node.ts";
import type { LabelledImages, OnBad } from "./labelled-images.ts";
import { createListedImages, type ListedImage } from "./listed-images.node.ts";

/** Kinds of file that the codec reads; others (Thumbs.db, lists) are no pictures. */
const PICTURE = /\.(jpe?g|png|webp|gif|tiff?|avif|hei[cf])$/i;

/**
 * A folder for every class, as torchvision's ImageFolder: classes are the folders that hold a picture, at any depth, in the
 * order of their names' code units, and pictures are in the order of their paths. Hidden files and folders are passed
 * over; links are followed, but not into a folder that they lie in.
 *
 * @throws {ArcfaceError} NOT_FOUND where there is no folder, or no class in it; IO. To `onBad`: links that lead nowhere.
 */
export async function openImageFolder(
  root: string,
  { onBad }: { onBad?: OnBad | undefined } = {},
): Promise<LabelledImages> {
  const home = await realpath(root).catch((cause: unknown) => {
    throw fileError(cause, root, "reading pictures");
  });
  const images: ListedImage[] = [];
  const classNames: string[] = [];
  for (const { name, kind } of await entries(root, onBad)) {
    if (kind !== "folder") continue;
    const paths = await picturesIn(root, name, [home], onBad);
    if (paths.length === 0) continue;
    // One string for each label, not one for each picture.
    for (const path of paths) images.push({ path, label: classNames.length });
    classNames.push(name);
  }
  if (classNames.length === 0) {
    throw new ArcfaceError("NOT_FOUND", `${root}: expected a folder of pictures for every person, got none`, {
      hint: "a class is a folder: root/NAME/picture.jpg",
    });
  }
  return createListedImages(root, images, classNames.length, classNames);
}

/** Paths below `root`, `/` between parts. @param above the real paths of the folders that this one lies in. */
async function picturesIn(root: string, folder: string, above: readonly string[], onBad?: OnBad): Promise<string[]> {
  const here = await realpath(join(root, folder));
  if (above.includes(here)) return [];
  const found: string[] = [];
  for (const { name, kind } of await entries(join(root, folder), onBad)) {
    if (kind === "folder") found.push(...(await picturesIn(root, `${folder}/${name}`, [...above, here], onBad)));
    else if (PICTURE.test(name)) found.push(`${folder}/${name}`);
  }
  return found.sort(byCodeUnits);
}

type Entry = { readonly name: string; readonly kind: "file" | "folder" };

/** What a folder shows, in order; sockets and the like are left out. */
async function entries(folder: string, onBad?: OnBad): Promise<Entry[]> {
  const found = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw fileError(cause, folder, "reading pictures");
  });
  const shown: Entry[] = [];
  for (const entry of found) {
    if (entry.name.startsWith(".")) continue;
    const facts = entry.isSymbolicLink() ? await target(join(folder, entry.name), onBad) : entry;
    if (facts?.isDirectory()) shown.push({ name: entry.name, kind: "folder" });
    else if (facts?.isFile()) shown.push({ name: entry.name, kind: "file" });
  }
  return shown.sort((a, b) => byCodeUnits(a.name, b.name));
}

async function target(path: string, onBad?: OnBad): Promise<{ isDirectory(): boolean; isFile(): boolean } | null> {
  try {
    return await stat(path);
  } catch (cause) {
    const error = fileError(cause, path, "following a link");
    if (!onBad) throw error;
    onBad(error);
    return null;
  }
}

/** As Python's sorted(): not as any language would. */
function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
