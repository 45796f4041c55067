import { createHash } from "node:crypto";
import { type FileHandle, mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import { ArcfaceError } from "../errors.ts";
import { fileError } from "../file-error.node.ts";
import type { EmbeddedImage, EmbeddingCache } from "./embedding-cache.ts";

/** All that an embedding depends on beside the image: fingerprints of the networks, options. */
export type CacheIdentity = Readonly<Record<string, string | number | boolean | null>>;

/*
 * A file is a 16-byte magic, the identity's sha256 (32 bytes), then records, each in one write at the end of the file:
 *
 *   u32 n        how many numbers (0 where no face was found), little-endian as all here
 *   u8[32]       sha256 of the image
 *   f32[n]       the embedding
 *   u8[8]        the first bytes of the sha256 of all before
 */
const MAGIC = Buffer.from("arcface-embeds-1");
const HEADER_LENGTH = MAGIC.length + 32;
const OVERHEAD = 4 + 32 + 8;
const MOST_NUMBERS = 65536;

/**
 * Open a cache on disk: one append-only file for each identity, named by its hash. A process killed in the middle of a
 * write loses that record alone: a torn or damaged end is cut off at the next opening. Several processes may share one.
 *
 * Keys are hex sha256 of images.
 *
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT where a file of that name is no such cache; IO; NO_SPACE.
 */
export async function openEmbeddingCache(folder: string, identity: CacheIdentity): Promise<FileEmbeddingCache> {
  const sorted = Object.entries(identity).sort(([a], [b]) => (a < b ? -1 : 1));
  const hash = createHash("sha256").update(JSON.stringify(sorted)).digest();
  const path = join(folder, `${hash.toString("hex").slice(0, 32)}.embeddings`);
  const header = Buffer.concat([MAGIC, hash]);
  let file: FileHandle | undefined;
  try {
    // Embeddings are biometric data: for their owner alone.
    await mkdir(folder, { recursive: true, mode: 0o700 });
    file = await open(path, "a+", 0o600);
    let { size } = await file.stat();
    const start = await readAt(file, 0, Math.min(size, HEADER_LENGTH));
    // A header that was cut short was never followed by records.
    if (size < HEADER_LENGTH && header.subarray(0, size).equals(start)) {
      await file.truncate(0);
      await writeWhole(file, header);
      size = HEADER_LENGTH;
    } else if (!start.equals(header)) {
      throw new ArcfaceError("UNSUPPORTED_FORMAT", `embedding cache: ${path} is something else`, {
        hint: "delete that file",
      });
    }
    const { places, end } = await scanRecords(file, size);
    // Unless another process has written meanwhile: what looked torn may be its record, half written then.
    if (end < size && (await file.stat()).size === size) await file.truncate(end);
    return new FileEmbeddingCache(path, file, places);
  } catch (cause) {
    await file?.close();
    throw fileError(cause, path, "using the embedding cache");
  }
}

/** Where a record's numbers lie in the file, and how many they are. */
type Place = { readonly at: number; readonly count: number };

/** See openEmbeddingCache. Close it by `await using`. Embeddings stay on disk: millions of them take little memory. */
export class FileEmbeddingCache implements EmbeddingCache, AsyncDisposable {
  readonly path: string;
  readonly #file: FileHandle;
  readonly #places: Map<string, Place>;
  /** Put by this process: where the file's end was then is not known, as others may write to it, too. */
  readonly #own = new Map<string, EmbeddedImage>();
  #writing: Promise<void> = Promise.resolve();
  #broken: unknown = null;

  constructor(path: string, file: FileHandle, places: Map<string, Place>) {
    this.path = path;
    this.#file = file;
    this.#places = places;
  }

  /** How many images it knows. */
  get size(): number {
    return new Set([...this.#places.keys(), ...this.#own.keys()]).size;
  }

  /** @throws {ArcfaceError} IO. */
  async get(sha256: string): Promise<EmbeddedImage | null> {
    const own = this.#own.get(sha256);
    if (own) return own;
    const place = this.#places.get(sha256);
    if (!place) return null;
    const bytes = await readAt(this.#file, place.at, 4 * place.count).catch((cause: unknown) => {
      throw fileError(cause, this.path, "reading the embedding cache");
    });
    const embedding = Float32Array.from({ length: place.count }, (_, i) => bytes.readFloatLE(4 * i));
    return { embedding, missed: place.count === 0 };
  }

  /** @throws {ArcfaceError} INVALID_ARGUMENT where the key is no sha256; IO, NO_SPACE, then and at each later put. */
  async put(sha256: string, image: EmbeddedImage): Promise<void> {
    if (!/^[0-9a-f]{64}$/.test(sha256)) {
      throw new ArcfaceError("INVALID_ARGUMENT", `embedding cache: expected a hex sha256 as key, got ${sha256}`);
    }
    if (!image.missed && (image.embedding.length === 0 || image.embedding.length > MOST_NUMBERS)) {
      const got = image.embedding.length;
      throw new ArcfaceError("INVALID_ARGUMENT", `embedding cache: expected 1 to ${MOST_NUMBERS} numbers, got ${got}`);
    }
    const record = toRecord(sha256, image);
    const written = this.#writing.then(async () => {
      // After a failed write the file may end in a torn record, behind which nothing would be found again.
      if (this.#broken !== null) throw this.#broken;
      await writeWhole(this.#file, record).catch((cause: unknown) => {
        this.#broken = fileError(cause, this.path, "using the embedding cache");
        throw this.#broken;
      });
      this.#own.set(sha256, image);
    });
    this.#writing = written.catch(() => {});
    await written;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writing;
    await this.#file.close();
  }
}

function toRecord(sha256: string, { embedding, missed }: EmbeddedImage): Buffer {
  const count = missed ? 0 : embedding.length;
  const record = Buffer.alloc(OVERHEAD + 4 * count);
  record.writeUInt32LE(count, 0);
  record.write(sha256, 4, "hex");
  for (let i = 0; i < count; i++) record.writeFloatLE(embedding[i]!, 36 + 4 * i);
  checksum(record.subarray(0, -8)).copy(record, record.length - 8);
  return record;
}

/** Read at a time; more than the longest record. */
const CHUNK = 2 ** 22;

/** Records up to the first that is torn or damaged, and where they end. Of one key the last counts. */
async function scanRecords(file: FileHandle, size: number): Promise<{ places: Map<string, Place>; end: number }> {
  const places = new Map<string, Place>();
  let end = HEADER_LENGTH;
  let chunk: Buffer = Buffer.alloc(0);
  let from = end;
  while (end + OVERHEAD <= size) {
    if (end - from + OVERHEAD + 4 * MOST_NUMBERS > chunk.length && from + chunk.length < size) {
      from = end;
      chunk = await readAt(file, from, Math.min(CHUNK, size - from));
    }
    const start = end - from;
    const count = chunk.readUInt32LE(start);
    const stop = start + OVERHEAD + 4 * count;
    if (count > MOST_NUMBERS || stop > chunk.length) break;
    if (!checksum(chunk.subarray(start, stop - 8)).equals(chunk.subarray(stop - 8, stop))) break;
    places.set(chunk.toString("hex", start + 4, start + 36), { at: end + 36, count });
    end = from + stop;
  }
  return { places, end };
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  let got = 0;
  while (got < length) {
    const { bytesRead } = await file.read(bytes, got, length - got, position + got);
    if (bytesRead === 0) break;
    got += bytesRead;
  }
  return bytes.subarray(0, got);
}

function checksum(bytes: Buffer): Buffer {
  return createHash("sha256").update(bytes).digest().subarray(0, 8);
}

async function writeWhole(file: FileHandle, bytes: Buffer): Promise<void> {
  const { bytesWritten } = await file.write(bytes);
  // A full disk may take a part first and refuse the rest only at the next write.
  if (bytesWritten < bytes.length) throw Object.assign(new Error("short write"), { code: "ENOSPC" });
}
