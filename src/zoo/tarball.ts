import { createTarDecoder, type ParsedTarEntry } from "modern-tar";
import { ArcfaceError } from "../errors.ts";

/** A file to take out of an archive, and the most bytes it may have. */
export type WantedFile = { readonly path: string; readonly maxByteLength: number };

/**
 * Take named files out of a gzipped tar that is already known to be the one meant: see the tarball's integrity.
 * What is not wanted is passed over and never held in memory.
 *
 * @param name what errors call the archive.
 * @returns one entry a file that is there; absent ones are absent.
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT where it is not a tar, or holds paths that lead out of it, or a wanted
 *   file is a link; TOO_LARGE.
 */
export async function unpackFiles(
  tarball: Uint8Array<ArrayBuffer>,
  wanted: readonly WantedFile[],
  name: string,
): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  try {
    const entries = new Blob([tarball])
      .stream()
      .pipeThrough(new DecompressionStream("gzip"))
      .pipeThrough(createTarDecoder({ strict: true }));
    // Not `for await`: the DOM's types of a stream have no async iterator.
    const reader = (entries as ReadableStream<ParsedTarEntry>).getReader();
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      const { header, body } = next.value;
      if (leadsOut(header.name)) {
        throw new ArcfaceError("UNSUPPORTED_FORMAT", `${name}: holds a path that leads out of it: ${header.name}`);
      }
      const file = wanted.find(({ path }) => path === header.name);
      if (file === undefined) {
        // Not cancel(): of a file that has come whole already, that would take the next one's bytes away.
        await body.pipeTo(new WritableStream());
        continue;
      }
      if (header.type !== undefined && header.type !== "file") {
        throw new ArcfaceError(
          "UNSUPPORTED_FORMAT",
          `${name}: expected ${header.name} to be a file, got a ${header.type}`,
        );
      }
      if (header.size > file.maxByteLength) {
        throw new ArcfaceError(
          "TOO_LARGE",
          `${name}: expected at most ${file.maxByteLength} bytes of ${header.name}, got ${header.size}`,
        );
      }
      files.set(header.name, new Uint8Array(await new Response(body).arrayBuffer()));
    }
  } catch (cause) {
    if (cause instanceof ArcfaceError) throw cause;
    throw new ArcfaceError(
      "UNSUPPORTED_FORMAT",
      `${name}: not a gzipped tar, or damaged: ${(cause as Error).message}`,
      {
        cause,
      },
    );
  }
  return files;
}

function leadsOut(path: string): boolean {
  return path.startsWith("/") || /^[a-z]:/i.test(path) || path.split(/[\\/]/).includes("..");
}
