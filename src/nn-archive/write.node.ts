import type { Compression } from "../bytes/decompress.ts";
import { iterate } from "../bytes/stream.ts";
import { writeWhole } from "../bytes/write-whole.node.ts";
import { fileError } from "../file-error.node.ts";
import { compressionByName } from "./archive-name.ts";
import { type ArchiveContents, writeArchive } from "./write.ts";

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
