import type { Compression } from "../bytes/decompress.ts";
import { expected } from "../errors.ts";

const ENDINGS: readonly [ending: RegExp, compression: Compression][] = [
  [/\.(tar\.xz|txz)$/i, "xz"],
  [/\.(tar\.gz|tgz)$/i, "gz"],
  [/\.(tar\.bz2|tbz2?)$/i, "bz2"],
  [/\.tar$/i, "none"],
];

/** By the end of a path. @throws {ArcfaceError} INVALID_ARGUMENT where it is no archive's. */
export function compressionByName(path: string): Compression {
  const found = ENDINGS.find(([ending]) => ending.test(path));
  if (!found) throw expected("archive", "a path that ends with .tar.xz, .tar.gz, .tar.bz2 or .tar", path);
  return found[1];
}

/** Is it an archive's name, or the config.json of an unpacked one? */
export function isArchiveName(path: string): boolean {
  return ENDINGS.some(([ending]) => ending.test(path)) || /(^|[/\\])config\.json$/i.test(path);
}
