import { createHash } from "node:crypto";
import { sha256Hex } from "../bytes/sha256.ts";
import { createPlaceReader } from "../data/read-place.node.ts";
import type { FaceSpot, TestSet } from "../data/test-set.ts";
import { ArcfaceError } from "../errors.ts";
import { add } from "../tensor/vector.ts";
import { type EmbedProgress, embedAll } from "./embed-all.ts";
import { openEmbeddingCache } from "./embedding-cache.node.ts";
import type { MissedImage } from "./evaluation.ts";
import type { PictureEmbedder } from "./picture-embedder.node.ts";

export type EmbedTestSetOptions = {
  /** Add the mirror image's embedding, as the field's protocols do. */
  readonly flip: boolean;
  /** Where embeddings are kept; `null` keeps none. */
  readonly cacheDir: string | null;
  /** A picture that cannot be read is missed; else it is an error. */
  readonly allowMissing?: boolean;
  /** Pictures under way at once. Default: two a thread, so that none waits. */
  readonly concurrency?: number;
  readonly onProgress?: (progress: EmbedProgress) => void;
  readonly signal?: AbortSignal | undefined;
};

export type EmbeddedTestSet = {
  /** Raw, one an image, in order; `null` where there is none. */
  readonly embeddings: readonly (Float32Array | null)[];
  readonly missed: readonly MissedImage[];
  readonly fromCache: number;
  /** Hex sha256 over every picture's bytes, in order. */
  readonly bytesHash: string;
};

/** Raise where detection, alignment or embedding changes what comes out: what was cached before is then left alone. */
const EMBEDDING_VERSION = 2;

/**
 * The embeddings of a set's pictures, from a cache where it has them. A cache's file is of one recogniser and one detector,
 * or none; its keys are the pictures' hashes, with the box or the points where a face is told by them. What is kept is
 * raw, with the mirror image's beside it once that was wanted.
 *
 * @throws {ArcfaceError} as embedAll, PictureEmbedder.embed, PlaceReader.read and openEmbeddingCache.
 */
export async function embedTestSet(
  { images, absent }: Pick<TestSet, "images" | "absent">,
  source: PictureEmbedder,
  options: EmbedTestSetOptions,
): Promise<EmbeddedTestSet> {
  const { flip, cacheDir, allowMissing = false, concurrency = 2 * source.threads, onProgress, signal } = options;
  await using reader = createPlaceReader();
  const identity = {
    recognizer: source.recognizer.fingerprint,
    detector: images.some(({ face }) => needsDetector(face)) ? (source.detector?.fingerprint ?? null) : null,
    version: EMBEDDING_VERSION,
  };
  await using cache = cacheDir === null ? null : await openEmbeddingCache(cacheDir, identity);
  const hashes = Array<string>(images.length).fill("");
  const missed = new Map<number, MissedImage["why"]>();
  let fromCache = 0;

  async function rawOf(index: number, stop: AbortSignal): Promise<Float32Array | null> {
    const { key: name, place, face } = images[index]!;
    const { bytes } = await reader.read(place);
    const hash = await sha256Hex(bytes);
    hashes[index] = hash;
    const keys = await cacheKeys(hash, face);
    const both = await cache?.get(keys.both);
    const known = both ?? (flip ? null : await cache?.get(keys.straight));
    if (known) {
      fromCache++;
      if (known.missed) return null;
      return both ? sumOf(known.embedding, flip) : known.embedding;
    }
    const made = await source.embed({ bytes, name, face }, { flip, signal: stop });
    const key = flip ? keys.both : keys.straight;
    await cache?.put(key, { embedding: made ?? new Float32Array(), missed: made === null });
    return made && flip ? sumOf(made, true) : made;
  }

  const { embeddings } = await embedAll(
    images.map(({ key }) => key),
    {
      raw: true,
      concurrency,
      async embed(_, stop, index) {
        try {
          const embedding = await rawOf(index, stop);
          if (!embedding) missed.set(index, "no face");
          return { embedding: embedding ?? new Float32Array(), missed: embedding === null };
        } catch (error) {
          if (!allowMissing || !(error instanceof ArcfaceError && UNREADABLE.has(error.code))) throw error;
          missed.set(index, "unreadable");
          return { embedding: new Float32Array(), missed: true };
        }
      },
      ...(onProgress && { onProgress }),
      ...(signal && { signal }),
    },
  );
  const inOrder = [...missed].sort(([a], [b]) => a - b);
  return {
    embeddings,
    missed: [
      ...inOrder.map(([index, why]): MissedImage => ({ image: images[index]!.key, why })),
      ...absent.map((image): MissedImage => ({ image, why: "absent" })),
    ],
    fromCache,
    bytesHash: createHash("sha256").update(hashes.join("\n")).digest("hex"),
  };
}

const UNREADABLE: ReadonlySet<string> = new Set(["UNSUPPORTED_FORMAT", "TOO_LARGE"]);

export function needsDetector({ kind }: FaceSpot): boolean {
  return kind === "centre" || kind === "box";
}

/** What a picture's record is known by: with its mirror image's embedding, and without. */
async function cacheKeys(hash: string, face: FaceSpot): Promise<{ both: string; straight: string }> {
  const text = (part: string): Promise<string> => sha256Hex(new TextEncoder().encode(part));
  const both = face.kind === "centre" || face.kind === "crop" ? hash : await text(hash + JSON.stringify(face));
  return { both, straight: await text(`${both} straight`) };
}

/** Of a record of two embeddings their sum, or the first. */
function sumOf(both: Float32Array, flip: boolean): Float32Array {
  const size = both.length / 2;
  return flip ? add(both.subarray(0, size), both.subarray(size)) : both.slice(0, size);
}
