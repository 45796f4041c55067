import { access, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { ArcfaceError } from "../errors.ts";
import { fileError } from "../file-error.node.ts";
import type { NamedText } from "./lines.ts";

/** @param where the data set's name, for errors. @throws {ArcfaceError} NOT_FOUND, IO. */
export async function expectFolder(where: string, folder: string): Promise<void> {
  const found = await stat(folder).catch((cause: unknown) => {
    throw fileError(cause, folder, `reading ${where}`);
  });
  if (!found.isDirectory()) throw new ArcfaceError("NOT_FOUND", `${where}: expected a folder, got the file ${folder}`);
}

/** @throws {ArcfaceError} NOT_FOUND with the hint, IO. */
export async function readText(where: string, folder: string, path: string, hint?: string): Promise<NamedText> {
  const file = join(folder, path);
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw fileError(cause, file, `reading ${where}`, hint);
  });
  return { file, text };
}

/** The names in a folder, in the order of their code units. @throws {ArcfaceError} NOT_FOUND with the hint, IO. */
export async function listFolder(where: string, folder: string, hint?: string): Promise<string[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw fileError(cause, folder, `reading ${where}`, hint);
  });
  return names.sort();
}

export async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

const AT_ONCE = 64;

/** Which of these paths in a folder are not there. */
export async function absentOf(root: string, paths: readonly string[]): Promise<string[]> {
  const absent: string[] = [];
  for (let i = 0; i < paths.length; i += AT_ONCE) {
    const some = paths.slice(i, i + AT_ONCE);
    const there = await Promise.all(some.map((path) => isThere(join(root, path))));
    absent.push(...some.filter((_, k) => !there[k]));
  }
  return absent;
}

export type MissingOptions = {
  /** Go on with the rest, where there is one. */
  readonly allowMissing: boolean;
  /** What they are called. Default: images. */
  readonly what?: string;
  readonly hint?: string;
};

/** @throws {ArcfaceError} NOT_FOUND where some are absent that may not be: the first few named, all counted. */
export function checkMissing(
  where: string,
  root: string,
  absent: readonly string[],
  total: number,
  { allowMissing, what = "images", hint = "as the data set is published, with nothing renamed" }: MissingOptions,
): void {
  if (absent.length === 0 || (allowMissing && absent.length < total)) return;
  const shown = absent.slice(0, 3).join(", ") + (absent.length > 3 ? ", …" : "");
  const sentence = `${where}: ${absent.length} of ${total} ${what} are not in ${root}: ${shown}`;
  throw new ArcfaceError("NOT_FOUND", sentence, { hint });
}

/** Which of a set's images are not there. @throws {ArcfaceError} NOT_FOUND as checkMissing. */
export async function absentImages(
  where: string,
  root: string,
  images: readonly string[],
  options: MissingOptions,
): Promise<string[]> {
  const absent = await absentOf(root, images);
  checkMissing(where, root, absent, images.length, options);
  return absent;
}
