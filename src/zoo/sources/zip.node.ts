import { ArcfaceError } from "../../errors.ts";
import type { WantedFile } from "../tarball.ts";

/** A pack of networks has a dozen files; a directory of millions is there to exhaust whoever reads it. */
const MAX_ENTRIES = 100_000;

/**
 * Take named files out of a zip on disk. Names that lead out of it, sizes that do not hold and encryption are refused;
 * what is not wanted is not unpacked. A file in a folder counts as wanted where none lies outside.
 *
 * @param name what errors call it.
 * @returns one entry a file that is there; absent ones are absent.
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT, TOO_LARGE.
 */
export async function unzipFiles(
  path: string,
  wanted: readonly WantedFile[],
  name: string,
): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const { openPromise } = await import("yauzl");
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  try {
    const zip = await openPromise(path, { strictFileNames: true, autoClose: false });
    try {
      if (zip.entryCount > MAX_ENTRIES)
        throw new ArcfaceError("TOO_LARGE", `${name}: expected at most ${MAX_ENTRIES} entries, got ${zip.entryCount}`);
      for await (const entry of zip.eachEntry()) {
        const file = wantedAs(entry.fileName, wanted);
        // One at the very place that was named is the one that is meant.
        if (file === undefined || (files.has(file.path) && entry.fileName !== file.path)) continue;
        const { uncompressedSize: size } = entry;
        if (size > file.maxByteLength)
          throw new ArcfaceError(
            "TOO_LARGE",
            `${name}: expected at most ${file.maxByteLength} bytes of ${file.path}, got ${size}`,
          );
        files.set(file.path, await collect(await zip.openReadStreamPromise(entry), size));
      }
    } finally {
      zip.close();
    }
  } catch (cause) {
    if (cause instanceof ArcfaceError) throw cause;
    throw new ArcfaceError("UNSUPPORTED_FORMAT", `${name}: not a zip, or damaged: ${(cause as Error).message}`, {
      cause,
    });
  }
  return files;
}

/** Some packs hold their files in a folder of their own, which other editions of them do not. */
function wantedAs(fileName: string, wanted: readonly WantedFile[]): WantedFile | undefined {
  return wanted.find(({ path }) => path === fileName) ?? wanted.find(({ path }) => fileName.endsWith(`/${path}`));
}

/** yauzl sees to it that neither more nor fewer bytes come than the directory says. */
async function collect(stream: AsyncIterable<Uint8Array>, byteLength: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(byteLength);
  let at = 0;
  for await (const chunk of stream) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
