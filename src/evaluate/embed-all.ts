import { ArcfaceError, expected, throwIfCancelled } from "../errors.ts";
import { l2Norm } from "../tensor/vector.ts";
import type { EmbeddedImage, EmbeddingCache } from "./embedding-cache.ts";

/** Make an image's embedding; `image` is what it is called, `index` its place in the list. */
export type Embed = (image: string, signal: AbortSignal, index: number) => Promise<EmbeddedImage>;

export type EmbedAllOptions = {
  readonly embed: Embed;
  /** Looked in before `embed` is called, and told afterwards. Default: none. */
  readonly cache?: EmbeddingCache;
  /** What the cache knows an image by. Default: its path. */
  readonly cacheKey?: (image: string) => Promise<string>;
  /** Leave embeddings as they are made, not L2-normalised. Default false. */
  readonly raw?: boolean;
  /** How many calls of `embed` may overlap. Default 2. */
  readonly concurrency?: number;
  readonly onProgress?: (progress: EmbedProgress) => void;
  readonly signal?: AbortSignal;
};

export type EmbedProgress = { readonly done: number; readonly total: number; readonly missed: number };

export type EmbeddedAll = {
  /** One an image, in order, L2-normalised unless `raw` was said; `null` where no face was found. */
  readonly embeddings: readonly (Float32Array | null)[];
  readonly fromCache: number;
};

/**
 * Embed images, some at a time; the answer does not depend on the order they finish in. At the first error, and when the
 * signal fires, no new image is begun and those under way are waited for; what was put into the cache stays there.
 *
 * @throws {ArcfaceError} MODEL_MISMATCH where an embedding is not finite, all zeros or of another length than the rest;
 * CANCELLED; INVALID_ARGUMENT for the concurrency; and what `embed` throws.
 */
export async function embedAll(images: readonly string[], options: EmbedAllOptions): Promise<EmbeddedAll> {
  const { embed, cache, cacheKey = async (image) => image, raw = false, concurrency = 2, onProgress, signal } = options;
  if (!Number.isInteger(concurrency) || concurrency < 1) {
    throw expected("embed", "a concurrency of 1 or more", `${concurrency}`);
  }
  throwIfCancelled(signal, "embed");
  const embeddings: (Float32Array | null)[] = Array(images.length).fill(null);
  const stop = new AbortController();
  const forward = (): void => stop.abort(signal?.reason);
  signal?.addEventListener("abort", forward, { once: true });
  let [next, done, missed, fromCache, size] = [0, 0, 0, 0, 0];

  const one = async (index: number): Promise<void> => {
    const image = images[index]!;
    const key = cache && (await cacheKey(image));
    const known = cache && key !== undefined ? await cache.get(key) : null;
    const made = known ?? (await embed(image, stop.signal, index));
    if (made.missed) missed++;
    else {
      const normalized = normalize(image, made.embedding);
      const embedding = raw ? made.embedding : normalized;
      size ||= embedding.length;
      if (embedding.length !== size)
        throw mismatch(image, `${size} numbers, as of other images`, `${embedding.length}`);
      embeddings[index] = embedding;
    }
    if (known) fromCache++;
    else if (cache && key !== undefined) await cache.put(key, made);
    done++;
    onProgress?.({ done, total: images.length, missed });
  };
  const worker = async (): Promise<void> => {
    while (next < images.length && !stop.signal.aborted) await one(next++);
  };
  const failed = (error: unknown): never => {
    stop.abort(error);
    throw error;
  };
  try {
    const workers = Array.from({ length: Math.min(concurrency, images.length) }, () => worker().catch(failed));
    const outcomes = await Promise.allSettled(workers);
    throwIfCancelled(signal, "embed");
    // The error that stopped the others is the reason; theirs may only say that they were stopped.
    if (stop.signal.aborted) throw stop.signal.reason;
    for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
  } finally {
    signal?.removeEventListener("abort", forward);
  }
  return { embeddings, fromCache };
}

function normalize(image: string, embedding: Float32Array): Float32Array {
  const norm = l2Norm(embedding);
  if (!Number.isFinite(norm))
    throw mismatch(image, "finite numbers", `${embedding.find((x) => !Number.isFinite(x)) ?? norm}`);
  if (norm === 0) throw mismatch(image, "a direction", embedding.length === 0 ? "nothing" : "all zeros");
  return embedding.map((x) => x / norm);
}

function mismatch(image: string, what: string, got: string): ArcfaceError {
  return new ArcfaceError("MODEL_MISMATCH", `embedding of ${image}: expected ${what}, got ${got}`, {
    hint: "the network does not do what its card says",
  });
}
