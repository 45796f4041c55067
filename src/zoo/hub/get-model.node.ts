import { join } from "node:path";
import { ArcfaceError } from "../../errors.ts";
import { NNModelDescription } from "../description.ts";
import { type HubCache, openHubCache } from "./cache.node.ts";
import { hubDigest } from "./digest.ts";
import {
  apiKeyOf,
  type Env,
  internetCheckOf,
  type Modelzoo,
  type ModelzooOptions,
  resolveModelzoo,
} from "./endpoints.ts";
import { isRefusal } from "./failure.ts";
import { type FetchFilesOptions, fetchHubFiles } from "./fetch-files.node.ts";
import { fetchLinks } from "./fetch-links.ts";
import { isPlainName } from "./file-name.ts";
import { isHubHealthy } from "./health.ts";
import type { HubLinks } from "./links.ts";
import { type ProgressFormat, progressReport } from "./progress.ts";
import { verifyFile } from "./verify.node.ts";

export type GetModelOptions = ModelzooOptions &
  Omit<FetchFilesOptions, "key" | "trustsHubHash"> & {
    /** Whether a copy of the hash that the hub says now may serve. Default true. */
    readonly useCached?: boolean | undefined;
    /** Default: `DEPTHAI_ZOO_CACHE_PATH`, else `.depthai_cached_models`. */
    readonly cacheDirectory?: string | undefined;
    /** Default: `DEPTHAI_HUB_API_KEY`, else `HUBAI_API_KEY`. */
    readonly apiKey?: string | undefined;
    /** What `write` is given: DepthAI's bar, its lines of JSON, or nothing, the default. */
    readonly progressFormat?: ProgressFormat | undefined;
    /** Takes what DepthAI prints, line ends and carriage returns in it. Default: nobody does. */
    readonly write?: ((text: string) => void) | undefined;
    /** Called once, where another process holds the model's lock. */
    readonly onWait?: (() => void) | undefined;
    /** How long (ms) a lock must lie untouched to be a killed process's. Default 15000, at least 2000. */
    readonly staleLockMs?: number | undefined;
    /** `version`: the hub's hash tells versions apart and is not held against bytes. Default: `ARCFACE_HUB_HASH`, else `bytes`. */
    readonly hubHash?: "bytes" | "version" | undefined;
    /** Default: the process's. */
    readonly env?: Env | undefined;
  };

export type HubJob = {
  readonly description: NNModelDescription;
  readonly options: GetModelOptions;
  readonly env: Env;
  readonly zoo: Modelzoo;
  readonly key: string;
  readonly trustsHubHash: boolean;
  readonly cache: HubCache;
};

/**
 * DepthAI's `getModelFromZoo`: the path of a model's file, downloaded where the cache does not have the version that
 * the hub has now. Whole or not at all, its bytes verified, a cut download gone on from.
 *
 * @param model a description, or a slug, which for want of a platform is refused as DepthAI refuses it.
 * @returns absolute, of the first file downloaded.
 * @throws {ArcfaceError} INVALID_ARGUMENT, NOT_FOUND, NETWORK, INTEGRITY, TOO_LARGE, NO_SPACE, IO, CANCELLED; where
 *   DepthAI has a message, that message.
 */
export async function getModelFromZoo(
  model: NNModelDescription | string,
  options: GetModelOptions = {},
): Promise<string> {
  const job = await openJob(model, options);
  const { cache } = job;
  const { onWait, signal, staleLockMs: staleMs } = options;
  if (await cache.prepare()) return cache.locked(() => current(job), { onWait, signal, staleMs });
  if (await cache.isThere()) return load(job);
  throw new ArcfaceError(
    "IO",
    "Model is not cached and no lock is held. Please check the cache directory permissions.",
    { hint: `the cache is ${cache.root}` },
  );
}

/** @throws {ArcfaceError} INVALID_ARGUMENT */
export async function openJob(model: NNModelDescription | string, options: GetModelOptions): Promise<HubJob> {
  const description = NNModelDescription.from(model);
  if (!description.check()) throw new ArcfaceError("INVALID_ARGUMENT", `Invalid model description:\n${description}`);
  const env = options.env ?? process.env;
  const zoo = resolveModelzoo(options, env);
  const directory = options.cacheDirectory || env.DEPTHAI_ZOO_CACHE_PATH || zoo.defaultCachePath;
  const cache = openHubCache(directory, await description.cacheFolderName(), description.globalMetadataEntryName);
  const trustsHubHash = (options.hubHash ?? env.ARCFACE_HUB_HASH) !== "version";
  return { description, options, env, zoo, key: apiKeyOf(options.apiKey, env), trustsHubHash, cache };
}

/** What the hub says of it now; `null` where it is not there, or not to be asked. */
export async function askHubFor({ description, options, env, zoo, key }: HubJob): Promise<HubLinks | null> {
  const { wanted, timeoutMs } = internetCheckOf(env);
  if (!wanted || !(await isHubHealthy(zoo.healthEndpoint, timeoutMs, options))) return null;
  return fetchLinks(description, zoo, { ...options, key });
}

/** As nobody else writes to the model's place. */
async function current(job: HubJob): Promise<string> {
  const { cache, options } = job;
  const links = await askHubFor(job).catch(async (error) => {
    if (isRefusal(error)) await cache.remove();
    throw error;
  });
  if (options.useCached !== false && (await isListed(cache))) {
    if (links === null) return load(job);
    const path = await loadIfCurrent(job, links.hash);
    if (path !== null) return path;
  }
  if (await cache.isThere()) await cache.remove();
  if (links === null) throw unavailable(job);
  return downloadAnew(job, links);
}

/** What is wrong with its metadata is said where it is to be used. */
async function isListed(cache: HubCache): Promise<boolean> {
  return cache.metadata().then(
    (metadata) => metadata !== null,
    () => true,
  );
}

export function unavailable({ env, zoo }: HubJob): ArcfaceError {
  if (!internetCheckOf(env).wanted)
    return new ArcfaceError(
      "NETWORK",
      "Model no available. Please set DEPTHAI_ZOO_INTERNET_CHECK to 1 to download models from the model zoo.",
      env.ARCFACE_OFFLINE === "1" ? { hint: "and unset ARCFACE_OFFLINE" } : {},
    );
  return new ArcfaceError(
    "NETWORK",
    `Model not available. No internet connection available. Could not connect to host: ${zoo.healthEndpoint}`,
    { hint: "a slow network may need a longer DEPTHAI_ZOO_INTERNET_CHECK_TIMEOUT (milliseconds)" },
  );
}

const DAMAGES: readonly string[] = ["INTEGRITY", "NOT_FOUND", "UNSUPPORTED_FORMAT"];

/** @returns `null`, having said why, where what is cached is of another version or damaged. */
async function loadIfCurrent(job: HubJob, hash: string): Promise<string | null> {
  const { cache, options } = job;
  try {
    if ((await cache.metadata())?.hash === hash) return await load(job);
    options.onNotice?.("Cached model hash does not match response hash, downloading anew ...");
  } catch (error) {
    if (!(error instanceof ArcfaceError) || !DAMAGES.includes(error.code)) throw error;
    options.onNotice?.(`${error.message}; it is downloaded anew`);
  }
  return null;
}

/**
 * The first of the model's files in the cache; all that are there are verified: against what they were when they came,
 * or, where DepthAI downloaded them, against the hub's hash.
 */
async function load({ cache, trustsHubHash }: HubJob): Promise<string> {
  if (!(await cache.isThere())) throw new ArcfaceError("NOT_FOUND", `Cache folder ${cache.folder} not found.`);
  const metadata = await cache.metadata();
  if (metadata === null)
    throw new ArcfaceError("NOT_FOUND", `Failed to open yaml file: ${join(cache.folder, "metadata.yaml")}`);
  const files = await cache.files(metadata.downloaded_files.filter(isPlainName));
  const [first] = files;
  if (first === undefined) throw new ArcfaceError("NOT_FOUND", `No files found in cache folder ${cache.folder}`);
  const byHub = trustsHubHash && metadata.downloaded_files.length === 1 ? hubDigest(metadata.hash) : null;
  for (const name of files) {
    const hex = metadata.sha256?.get(name);
    const digest = hex === undefined ? byHub : ({ algorithm: "sha256", hex, by: "cache" } as const);
    if (digest) await verifyFile(join(cache.folder, name), join(cache.folder, name), [digest]);
  }
  return join(cache.folder, first);
}

async function downloadAnew(job: HubJob, links: HubLinks): Promise<string> {
  const { cache, description, options, key, trustsHubHash } = job;
  const { progressFormat = "none", write = () => {}, onProgress } = options;
  const report = progressReport(progressFormat, description.globalMetadataEntryName || description.model, write);
  if (links.links.length === 0) throw new ArcfaceError("NOT_FOUND", `No files found in cache folder ${cache.folder}`);
  const told = (received: number, total: number | null) => {
    report.told(received, total ?? 0);
    onProgress?.(received, total);
  };
  try {
    const files = await fetchHubFiles(links, cache.parts, { ...options, key, trustsHubHash, onProgress: told });
    await cache.keep(links, files, description);
  } catch (error) {
    const code = error instanceof ArcfaceError ? error.code : "INTERNAL";
    await cache.clearParts({ keepsHalves: code === "NETWORK" || code === "CANCELLED" });
    throw error;
  } finally {
    report.done();
  }
  return load(job);
}
