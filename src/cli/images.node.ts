import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { ArcfaceError, expected } from "../errors.ts";
import { fileError } from "../file-error.node.ts";
import type { CliContext } from "./command.ts";

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
    if (await isFolder(path)) files.push(...(await imagesIn(path)));
    else files.push(path);
  }
  if (files.length === 0) throw noImages(paths);
  return files;
}

export function noImages(folders: readonly string[]): ArcfaceError {
  return new ArcfaceError("NOT_FOUND", `${folders.join(", ")}: no images there`, {
    hint: "JPEG, PNG, WebP, AVIF, GIF, TIFF and HEIC files are looked for",
  });
}

/** @throws {ArcfaceError} NOT_FOUND where nothing is there; IO */
export async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    (error: unknown) => {
      throw fileError(error, path, "looking for images");
    },
  );
}

/** The photographs in a folder, all the way down, in order of name. */
export async function imagesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw fileError(error, folder, "looking for images");
  });
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

/** Errors that are a file's own. */
const ABOUT_ONE_FILE: ReadonlySet<string> = new Set([
  "UNSUPPORTED_FORMAT",
  "TOO_LARGE",
  "NOT_FOUND",
  "MISSING_TOOL",
  "IO",
]);

/** Why a file was left out; the others were looked at. */
export type Unread = { readonly file: string; readonly error: { readonly code: string; readonly message: string } };

export function isAboutOneFile(error: unknown): error is ArcfaceError {
  return error instanceof ArcfaceError && ABOUT_ONE_FILE.has(error.code);
}

/**
 * Work on one file after another. A bad file of many is told beside the others; a wrong call, or one bad file alone, is
 * the answer.
 *
 * @param title the progress's.
 */
export async function eachImage<Result>(
  files: readonly string[],
  title: string,
  { progress }: CliContext,
  work: (file: string) => Promise<Result>,
): Promise<(Result | Unread)[]> {
  const results: (Result | Unread)[] = [];
  for (const file of files) {
    if (files.length > 1) progress.update(title, results.length, files.length);
    try {
      results.push(await work(file));
    } catch (error) {
      if (files.length === 1 || !isAboutOneFile(error)) throw error;
      results.push({ file, error: { code: error.code, message: error.message } });
    }
  }
  if (files.length > 1) progress.update(title, files.length, files.length);
  return results;
}

export function isUnread(result: object): result is Unread {
  return "error" in result;
}

/** The exit code of a command over many images: 1 where any could not be read. */
export function exitCodeOf(images: readonly object[]): number {
  return images.some(isUnread) ? 1 : 0;
}

export function sayUnread({ file, error }: Unread): string {
  return `${file}: ${error.message.replace(`${file}: `, "")} [${error.code}]`;
}
