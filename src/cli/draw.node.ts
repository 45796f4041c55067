import { mkdir, stat, writeFile } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { ArcfaceError, expected } from "../errors.ts";
import { createNodeHost } from "../host/host.node.ts";
import { drawFaces } from "../host/rasterize.node.ts";
import type { FaceMark } from "../image/annotate.ts";
import type { Image } from "../image/image.ts";

/** Where pictures go: one file, or a folder with one for every image. */
export type DrawTarget = { readonly path: string; readonly isFolder: boolean };

/**
 * Check, before any work is done, that pictures can be written where the user wants them.
 *
 * @returns `null` where no picture is wanted.
 */
export async function drawTarget(path: string | undefined, images: number): Promise<DrawTarget | null> {
  if (path === undefined) return null;
  const isFolder =
    images > 1 ||
    (await stat(path).then(
      (s) => s.isDirectory(),
      () => false,
    ));
  if (!isFolder && !/\.(jpe?g|png)$/i.test(path)) throw expected("--draw", "a file called .jpg or .png", path);
  if (isFolder && /\.(jpe?g|png)$/i.test(path))
    throw expected("--draw", `a folder for the pictures of ${images} images`, path);
  try {
    await mkdir(isFolder ? path : dirname(path), { recursive: true });
  } catch (cause) {
    throw new ArcfaceError("IO", `${path}: the folder cannot be made: ${(cause as NodeJS.ErrnoException).code}`, {
      cause,
    });
  }
  return { path, isFolder };
}

/** @param file the image's own path, after which a picture in a folder is called. */
export async function writeDrawing(
  { path, isFolder }: DrawTarget,
  file: string,
  image: Image,
  faces: readonly FaceMark[],
): Promise<void> {
  const name = basename(file, extname(file));
  await writeImage(isFolder ? join(path, `${name}.faces.jpg`) : path, await drawFaces(image, faces));
}

/** JPEG or PNG, as the name says. @throws {ArcfaceError} NO_SPACE, IO */
export async function writeImage(path: string, image: Image): Promise<void> {
  const bytes = await createNodeHost().codec.encode(image, /\.png$/i.test(path) ? "png" : "jpeg");
  try {
    await writeFile(path, bytes);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new ArcfaceError(code === "ENOSPC" ? "NO_SPACE" : "IO", `${path}: cannot be written: ${code}`, { cause });
  }
}
