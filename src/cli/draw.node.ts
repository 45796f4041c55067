import { mkdir, stat } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { writeWhole } from "../bytes/write-whole.node.ts";
import { expected } from "../errors.ts";
import { fileError } from "../file-error.node.ts";
import { createNodeHost } from "../host/host.node.ts";
import { drawFaces } from "../host/rasterize.node.ts";
import type { Image } from "../image/image.ts";
import type { FaceMark } from "../image/mark-layout.ts";

/** Where pictures go: one file, or a folder with one for every image. */
export type DrawTarget = { readonly path: string; readonly isFolder: boolean; readonly taken: Set<string> };

/**
 * Check, before any work is done, that pictures can be written where the user wants them.
 *
 * @param images the files that are drawn on, none of which is overwritten.
 * @returns `null` where no picture is wanted.
 * @throws {ArcfaceError} INVALID_ARGUMENT, IO, NO_SPACE
 */
export async function drawTarget(path: string | undefined, images: readonly string[]): Promise<DrawTarget | null> {
  if (path === undefined) return null;
  const isFolder = images.length > 1 || (await kindOf(path)) === "folder";
  const isPicture = /\.(jpe?g|png)$/i.test(path);
  if (!isFolder && !isPicture) throw expected("--draw", "a file called .jpg or .png", path);
  if (isFolder && isPicture) throw expected("--draw", `a folder for the pictures of ${images.length} images`, path);
  if (images.some((image) => resolve(image) === resolve(path)))
    throw expected("--draw", "another file than the image itself", path);
  await makeFolder(isFolder ? path : dirname(path));
  return { path, isFolder, taken: new Set() };
}

/** A file that is written at the end: its folder is made now, and what is wrong with it is said now. */
export async function outputFile(option: string, path: string): Promise<void> {
  if ((await kindOf(path)) === "folder") throw expected(option, "a file", `${path}, a folder`);
  await makeFolder(dirname(path));
}

/** @param file the image's own path, after which a picture in a folder is called. */
export async function writeDrawing(
  { path, isFolder, taken }: DrawTarget,
  file: string,
  image: Image,
  faces: readonly FaceMark[],
): Promise<void> {
  await writeImage(isFolder ? join(path, pictureName(file, taken)) : path, await drawFaces(image, faces));
}

/** `photo.faces.jpg`; images of one name out of several folders get numbers. */
function pictureName(file: string, taken: Set<string>): string {
  const stem = `${basename(file, extname(file))}.faces`;
  let name = `${stem}.jpg`;
  for (let n = 2; taken.has(name); n++) name = `${stem}-${n}.jpg`;
  taken.add(name);
  return name;
}

/** JPEG or PNG, as the name says; whole or not at all. @throws {ArcfaceError} NO_SPACE, IO */
export async function writeImage(path: string, image: Image): Promise<void> {
  await writeOutput(path, await createNodeHost().codec.encode(image, /\.png$/i.test(path) ? "png" : "jpeg"));
}

/** @throws {ArcfaceError} NO_SPACE, IO */
export async function writeOutput(path: string, contents: Uint8Array | string): Promise<void> {
  await writeWhole(path, contents).catch((error: unknown) => {
    throw fileError(error, path, "writing");
  });
}

/** @throws {ArcfaceError} NO_SPACE, IO */
export async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true }).catch((error: unknown) => {
    throw fileError(error, path, "making the folder");
  });
}

async function kindOf(path: string): Promise<"folder" | "other" | null> {
  try {
    return (await stat(path)).isDirectory() ? "folder" : "other";
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw fileError(error, path, "writing");
  }
}
