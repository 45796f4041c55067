import type { Compression } from "../bytes/decompress.ts";
import { iterate } from "../bytes/stream.ts";
import { writeWhole } from "../bytes/write-whole.node.ts";
import { expected } from "../errors.ts";
import { fileError } from "../file-error.node.ts";
import { type ArchiveContents, writeArchive } from "./write.ts";

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

/**
 * Write an NN archive to a file, packed as its name says: whole, or not at all.
 *
 * @throws {ArcfaceError} as `writeArchive`; INVALID_ARGUMENT where the name says nothing; CANCELLED; NO_SPACE; IO.
 */
export async function writeArchiveFile(
  path: string,
  contents: ArchiveContents,
  { compression = compressionByName(path), signal }: { compression?: Compression; signal?: AbortSignal } = {},
): Promise<void> {
  const archive = writeArchive(contents, { compression, name: path, signal });
  try {
    await writeWhole(path, iterate(archive));
  } catch (error) {
    throw fileError(error, path, "writing the archive");
  }
}
