import { createTarDecoder, type ParsedTarEntry } from "modern-tar";
import { ArcfaceError, throwIfCancelled } from "../errors.ts";
import { type Bytes, iterate, stopWith, streamOf } from "./stream.ts";
import { innerPath } from "./tar-names.ts";

export type TarLimits = {
  /** Files and folders; more are refused when they come, however many there are. */
  readonly maxEntries: number;
  /** Of all files together. */
  readonly maxByteLength: number;
};

/** A file in a tar. Not asked for before the next one, its bytes are passed over. */
export type TarFile = {
  readonly path: string;
  readonly byteLength: number;
  /** @throws {ArcfaceError} TOO_LARGE where there are more than `maxByteLength`, before any is read. */
  bytes(maxByteLength?: number): Promise<Bytes>;
};

/** Header blocks that one entry may take (its own, long names, attributes), and what the decoder reads ahead. */
const OVERHEAD_PER_ENTRY = 4096;
const READ_AHEAD = 1 << 22;

/**
 * The files of a tar, one by one, in constant memory; nothing is written anywhere. Folders are checked and left out.
 *
 * @param name what errors call the archive.
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT where it is no tar, damaged, cut short, or holds what an archive of files
 *   has no use for: paths that lead out of it (`..`, absolute, drive letters), links, devices, pipes, sparse files,
 *   control characters in names, two files of one name (in any case, so that they fit every disk). TOO_LARGE.
 *   CANCELLED.
 */
export async function* readTar(
  stream: ReadableStream<Uint8Array>,
  { name, limits, signal }: { name: string; limits: TarLimits; signal?: AbortSignal | undefined },
): AsyncGenerator<TarFile> {
  const { maxEntries, maxByteLength } = limits;
  const tooLarge = (what: string, got: string) =>
    new ArcfaceError("TOO_LARGE", `${name}: expected at most ${what}, got ${got}`);
  const { stop, stopped } = stopWith(signal);
  let fed = 0;
  let bodies = 0;

  /** Headers alone may go on for ever: attributes that belong to no entry, zeros after the end. */
  async function* counted(): AsyncGenerator<Bytes> {
    for await (const chunk of iterate(stream, stopped)) {
      fed += chunk.length;
      if (fed - bodies > maxEntries * OVERHEAD_PER_ENTRY + READ_AHEAD) {
        throw tooLarge(`${maxEntries} files and folders`, "headers for more");
      }
      yield chunk as Bytes;
    }
    throwIfCancelled(signal, name);
  }

  const decoder = createTarDecoder({ strict: true });
  const pumping = streamOf(counted())
    .pipeTo(decoder.writable as WritableStream<Uint8Array>, { signal: stop.signal })
    .catch(() => {}); // The reading side fails with the same error.
  const seen = new Set<string>();
  let entries = 0;
  try {
    for await (const { header, body } of iterate(decoder.readable as ReadableStream<ParsedTarEntry>)) {
      const path = checkedPath(header, name);
      if (++entries > maxEntries) throw tooLarge(`${maxEntries} files and folders`, "more");
      if (header.type === "directory") {
        await body.cancel();
        continue;
      }
      if (path === "") throw refused(name, "an entry without a name");
      const key = path.normalize("NFC").toLowerCase();
      if (seen.has(key)) throw refused(name, `${JSON.stringify(path)} twice`);
      seen.add(key);
      bodies += header.size;
      if (bodies > maxByteLength) throw tooLarge(`${maxByteLength} bytes of files`, "more");
      let read = false;
      yield {
        path,
        byteLength: header.size,
        async bytes(max = maxByteLength) {
          if (header.size > max) throw tooLarge(`${max} bytes of ${path}`, `${header.size}`);
          read = true;
          try {
            return await readWhole(body, header.size);
          } catch (cause) {
            throw explain(cause);
          }
        },
      };
      // Not cancel(): of a file that has come whole already, that would take the next one's bytes away.
      if (!read) await body.pipeTo(new WritableStream());
    }
  } catch (cause) {
    throw explain(cause);
  } finally {
    stop.abort();
    await pumping;
  }

  function explain(cause: unknown): ArcfaceError {
    throwIfCancelled(signal, name);
    if (cause instanceof ArcfaceError) return cause;
    return new ArcfaceError("UNSUPPORTED_FORMAT", `${name}: not a tar, damaged or cut short: ${messageOf(cause)}`, {
      cause,
    });
  }
}

/** The path of what an archive of files may hold. */
function checkedPath({ name, type = "file", pax = {} }: ParsedTarEntry["header"], archive: string): string {
  const path = innerPath(name, archive);
  if (type !== "file" && type !== "directory") throw refused(archive, `a ${type}: ${JSON.stringify(path)}`);
  const isSparse = Object.keys(pax).some((key) => key.startsWith("GNU.sparse"));
  if (isSparse) throw refused(archive, `a sparse file: ${JSON.stringify(path)}`);
  return path;
}

function refused(archive: string, what: string): ArcfaceError {
  return new ArcfaceError("UNSUPPORTED_FORMAT", `${archive}: holds ${what}`);
}

async function readWhole(body: ReadableStream<Uint8Array>, length: number): Promise<Bytes> {
  // The system gives the pages when they are written: a header that lies about its length costs nothing.
  const bytes = new Uint8Array(length);
  let at = 0;
  for await (const chunk of iterate(body)) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  if (at !== length) throw new Error(`a file of ${length} bytes ends after ${at}`);
  return bytes;
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
