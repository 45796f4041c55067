import { open, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Bytes, streamOf } from "../bytes/stream.ts";
import { innerPath } from "../bytes/tar-names.ts";
import { ArcfaceError } from "../errors.ts";
import { fileError } from "../file-error.node.ts";
import { readConfig } from "./config.ts";
import { NNArchive } from "./nn-archive.ts";
import { ARCHIVE_LIMITS, type ReadArchiveOptions, readArchive } from "./read.ts";

const CHUNK = 1 << 16;

/**
 * Read an NN archive from a file, as `readArchive`; or, where the path ends with `.json`, from a folder: the path is then
 * that of its config, with the model beside it.
 *
 * @throws {ArcfaceError} as `readArchive`; NOT_FOUND; IO.
 */
export async function readArchiveFile(path: string, options: ReadArchiveOptions = {}): Promise<NNArchive> {
  return path.toLowerCase().endsWith(".json")
    ? readArchiveFolder(path, options)
    : readArchive(streamOf(fileChunks(path)), path, options);
}

async function* fileChunks(path: string): AsyncGenerator<Bytes> {
  try {
    await using file = await open(path);
    for (;;) {
      const { bytesRead, buffer } = await file.read({ buffer: new Uint8Array(CHUNK) });
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } catch (error) {
    throw fileError(error, path, "reading the archive");
  }
}

async function readArchiveFolder(path: string, { limits: overrides, signal }: ReadArchiveOptions): Promise<NNArchive> {
  const limits = { ...ARCHIVE_LIMITS, ...overrides };
  const config = readConfig(await readWhole(path, limits.maxConfigByteLength, signal), path);
  const model = innerPath(config.model.metadata.path, path);
  const bytes = await readWhole(join(dirname(path), model), limits.maxByteLength, signal);
  return new NNArchive(path, config, new Map([[model, bytes]]));
}

async function readWhole(path: string, maxByteLength: number, signal: AbortSignal | undefined): Promise<Bytes> {
  try {
    const { size } = await stat(path);
    if (size > maxByteLength) {
      throw new ArcfaceError("TOO_LARGE", `${path}: expected at most ${maxByteLength} bytes, got ${size}`);
    }
    // A plain array: Node's own Buffer is a view of shared memory.
    return new Uint8Array(await readFile(path, { signal: signal ?? undefined }));
  } catch (error) {
    if (signal?.aborted) throw new ArcfaceError("CANCELLED", `${path}: cancelled`, { cause: signal.reason });
    throw fileError(error, path, "reading the archive");
  }
}
