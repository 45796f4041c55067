import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { ArcfaceError, expected } from "../errors.ts";

/** What we take for a photograph in a folder; a file that is named itself is read whatever it is called. */
const IMAGE = /\.(jpe?g|png|webp|avif|gif|tiff?|hei[cf])$/i;

/**
 * Files as named, and the photographs of folders, all the way down, in order of name.
 *
 * @throws {ArcfaceError} NOT_FOUND; INVALID_ARGUMENT where nothing is named.
 */
export async function expandImages(command: string, paths: readonly string[]): Promise<string[]> {
  if (paths.length === 0)
    throw expected(command, "at least one image or folder", "none", `arcface ${command} --help tells more`);
  const files: string[] = [];
  for (const path of paths) {
    const found = await stat(path).catch((cause: unknown) => {
      throw new ArcfaceError("NOT_FOUND", `${path}: no such file or folder`, { cause });
    });
    if (found.isDirectory()) files.push(...(await imagesIn(path)));
    else files.push(path);
  }
  if (files.length === 0) {
    throw new ArcfaceError("NOT_FOUND", `${paths.join(", ")}: no images there`, {
      hint: "JPEG, PNG, WebP, AVIF, GIF, TIFF and HEIC files are looked for",
    });
  }
  return files;
}

/** The photographs in a folder, all the way down, in order of name. */
export async function imagesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const lists = await Promise.all(
    entries
      .filter((entry) => !entry.name.startsWith("."))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map((entry) => {
        const path = join(folder, entry.name);
        if (entry.isDirectory()) return imagesIn(path);
        return entry.isFile() && IMAGE.test(entry.name) ? [path] : [];
      }),
  );
  return lists.flat();
}
