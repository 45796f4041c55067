import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ArcfaceError } from "../../errors.ts";
import { fileError } from "../../file-error.node.ts";
import { cacheFolder } from "../cache/cache.node.ts";
import { NNModelDescription } from "../description.ts";
import type { ZooSource } from "../source.ts";
import { fileNameOf, isPlainName } from "./file-name.ts";
import {
  askHubFor,
  type GetModelOptions,
  getModelFromZoo,
  type HubJob,
  openJob,
  unavailable,
} from "./get-model.node.ts";

export type HubSourceOptions = Omit<
  GetModelOptions,
  "useCached" | "progressFormat" | "write" | "onProgress" | "signal"
> & {
  /** `INT8`, `FP16` …: only a model of that precision. */
  readonly precision?: string | undefined;
  /** Whether what was fetched stays in the cache; for a caller that keeps it itself. Default true. */
  readonly keeps?: boolean | undefined;
};

/**
 * The Luxonis hub. What it fetched stays in a cache that is DepthAI's: `DEPTHAI_ZOO_CACHE_PATH`, or else `hub` in the
 * model cache.
 */
export function hubSource({ precision = "", keeps = true, ...options }: HubSourceOptions = {}): ZooSource {
  const env = options.env ?? process.env;
  const cacheDirectory = options.cacheDirectory || env.DEPTHAI_ZOO_CACHE_PATH || join(cacheFolder({ ...env }), "hub");
  return {
    name: "the Luxonis hub",
    async find({ slug, platform }, { signal } = {}) {
      const description = new NNModelDescription(slug, platform, "", "", "", precision);
      const job = await openJob(description, { ...options, cacheDirectory, signal });
      const known = await whatIsKnown(job);
      if (known === null) return null;
      return {
        ...known,
        byteLength: null,
        card: null,
        async fetch({ onProgress, signal } = {}) {
          const path = await getModelFromZoo(description, { ...options, cacheDirectory, onProgress, signal });
          const bytes = await readFile(path).catch((error) => {
            throw fileError(error, path, "reading a downloaded model");
          });
          if (!keeps) await job.cache.remove();
          return new Uint8Array(bytes);
        },
      };
    },
  };
}

/** `null` where the hub has no such model; what the cache has counts where the hub cannot be asked. */
async function whatIsKnown(job: HubJob): Promise<{ fileName: string; sha256: string | null } | null> {
  const cached = await job.cache.metadata().catch(() => null);
  let hash: string;
  let fileName: string | undefined;
  try {
    const links = await askHubFor(job);
    if (links === null && cached === null) throw unavailable(job);
    hash = links?.hash ?? cached!.hash;
    fileName = links ? links.links.map(fileNameOf)[0] : cached!.downloaded_files.find(isPlainName);
  } catch (error) {
    if (error instanceof ArcfaceError && error.code === "NOT_FOUND") return null;
    throw error;
  }
  if (fileName === undefined) return null;
  return { fileName, sha256: (hash === cached?.hash && cached.sha256?.get(fileName)) || null };
}
