import { sha256Hex } from "../bytes/sha256.ts";
import type { LabelledImages } from "../data/labelled-images.ts";
import { ArcfaceError, expected } from "../errors.ts";
import { embedAll } from "../evaluate/embed-all.ts";
import { openEmbeddingCache } from "../evaluate/embedding-cache.node.ts";
import { createNodeHost } from "../host/host.node.ts";
import type { Image } from "../image/image.ts";
import { resizeArea } from "../image/resize.ts";
import type { Embedder } from "../recognize/embedder.ts";

export type EmbedSetOptions = {
  /** Where embeddings are kept, so that a run that was cut off goes on where it was; `null` keeps none. */
  readonly cacheDir: string | null;
  /** Embed the mirrored crop, too, and add the two. */
  readonly flip: boolean;
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  readonly signal?: AbortSignal;
};

/** Embeddings of a set's crops, in its order, with what could not be read left out. */
export type EmbeddedSet = {
  /** [n, D], rows of length 1. */
  readonly embeddings: Float32Array;
  readonly labels: Int32Array;
  /** [n]: the pictures' numbers in the set. */
  readonly index: Int32Array;
  readonly size: number;
  readonly unread: readonly { readonly image: string; readonly why: string }[];
};

/** Raise where embedding changes what comes out. */
const VERSION = 1;

/**
 * @param embedder takes several calls at once.
 * @throws {ArcfaceError} INVALID_ARGUMENT where crops are neither of the recogniser's size nor of 112 pixels; NOT_FOUND where none can be read;
 * as embedAll and openEmbeddingCache.
 */
export async function embedSet(
  embedder: Embedder,
  data: LabelledImages,
  { cacheDir, flip, onProgress, signal }: EmbedSetOptions,
): Promise<EmbeddedSet> {
  const { codec } = createNodeHost();
  const identity = { recognizer: embedder.fingerprint, detector: null, flip, version: VERSION };
  await using cache = cacheDir === null ? null : await openEmbeddingCache(cacheDir, identity);
  const labels = new Int32Array(data.count);
  const unread = new Map<number, string>();
  const numbers = Array.from({ length: data.count }, (_, i) => `${i}`);
  // The cache's own keys are asked for within, where the picture has been read: it is read once.
  const { embeddings } = await embedAll(numbers, {
    concurrency: 4,
    async embed(number, stop) {
      const i = Number(number);
      try {
        const { bytes, label, name } = await data.read(i);
        labels[i] = label;
        const key = await sha256Hex(bytes);
        const known = await cache?.get(key);
        if (known) return known;
        const crop = atSize(await codec.decode(bytes, name), embedder, name);
        const [embedding] = await embedder.embed([crop], { flip, signal: stop });
        const made = { embedding: embedding!, missed: false };
        await cache?.put(key, made);
        return made;
      } catch (error) {
        if (!(error instanceof ArcfaceError && ABOUT_ONE_PICTURE.has(error.code))) throw error;
        unread.set(i, error.message);
        return { embedding: new Float32Array(0), missed: true };
      }
    },
    ...(onProgress && { onProgress }),
    ...(signal && { signal }),
  });
  const index = Int32Array.from(numbers.keys()).filter((i) => embeddings[i] !== null);
  if (index.length === 0) throw new ArcfaceError("NOT_FOUND", "clean: none of the pictures can be read");
  const packed = new Float32Array(index.length * embedder.size);
  index.forEach((i, row) => void packed.set(embeddings[i]!, row * embedder.size));
  return {
    embeddings: packed,
    labels: Int32Array.from(index, (i) => labels[i]!),
    index,
    size: embedder.size,
    unread: [...unread].sort(([a], [b]) => a - b).map(([i, why]) => ({ image: data.name(i), why })),
  };
}

/** What is aligned, by its size; photographs are not. */
const CROP = 112;

/** Small networks see crops made smaller by area, as they were trained. */
function atSize(image: Image, { cropSize }: Embedder, name: string): Image {
  const { width, height } = image;
  if (width === height && (width === cropSize || width === CROP)) return resizeArea(image, cropSize, cropSize);
  const hint = "crops are made by alignFolder(), the command arcface align";
  throw expected(name, `a crop of ${cropSize}×${cropSize}`, `${width}×${height}`, hint);
}

const ABOUT_ONE_PICTURE: ReadonlySet<string> = new Set(["UNSUPPORTED_FORMAT", "TOO_LARGE", "NOT_FOUND", "IO"]);
