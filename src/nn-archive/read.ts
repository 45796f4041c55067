import { decompress } from "../bytes/decompress.ts";
import { readTar } from "../bytes/read-tar.ts";
import type { ByteSource } from "../bytes/stream.ts";
import { ArcfaceError } from "../errors.ts";
import { readConfig } from "./config.ts";
import { NNArchive } from "./nn-archive.ts";

export const CONFIG_NAME = "config.json";

export type ArchiveLimits = {
  /** Files and folders. */
  readonly maxEntries: number;
  /** Of all files. */
  readonly maxByteLength: number;
  readonly maxConfigByteLength: number;
  /** Bytes unpacked for a byte packed; see DecompressLimits. */
  readonly maxRatio: number;
};

/** Well above any face network: the largest have 250 million weights. */
export const ARCHIVE_LIMITS: ArchiveLimits = {
  maxEntries: 1000,
  maxByteLength: 2 ** 31,
  maxConfigByteLength: 2 ** 22,
  maxRatio: 100,
};

export type ReadArchiveOptions = {
  readonly limits?: Partial<ArchiveLimits>;
  readonly signal?: AbortSignal | undefined;
};

/**
 * Read an NN archive: a tar, bare or packed as gzip, bzip2 or xz, told apart by its bytes, with `config.json` at its top
 * and the model beside it. Runs anywhere, writes nowhere.
 *
 * @param name what errors call it.
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT where it is something else, damaged, cut short, or holds what has no place in
 *   an archive (see `readTar`), and where its config breaks a rule; TOO_LARGE; CANCELLED.
 */
export async function readArchive(
  source: ByteSource,
  name: string,
  { limits: overrides, signal }: ReadArchiveOptions = {},
): Promise<NNArchive> {
  const limits = { ...ARCHIVE_LIMITS, ...overrides };
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  let config: Uint8Array | undefined;
  // Of what is unpacked, readTar takes no more than its own limits allow.
  const tar = decompress(source, { name, limits: { maxByteLength: Infinity, maxRatio: limits.maxRatio }, signal });
  for await (const file of readTar(tar, { name, limits, signal })) {
    if (file.path === CONFIG_NAME) config = await file.bytes(limits.maxConfigByteLength);
    else files.set(file.path, await file.bytes());
  }
  if (!config) {
    throw new ArcfaceError("UNSUPPORTED_FORMAT", `${name}: not an NN archive: it has no ${CONFIG_NAME} at its top`);
  }
  return new NNArchive(name, readConfig(config, name), files);
}
