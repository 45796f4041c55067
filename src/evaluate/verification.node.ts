import { join } from "node:path";
import type { CfpProtocol } from "../data/cfp.ts";
import { imageSha256, loadCfpFolder, loadLfwFolder, type PairFolder } from "../data/pair-folder.node.ts";
import type { FaceDetection } from "../geometry/detection.ts";
import { createNodeHost } from "../host/host.node.ts";
import type { Image } from "../image/image.ts";
import type { Embedder } from "../recognize/embedder.ts";
import type { Recognizer } from "../recognize/recognizer.ts";
import { cacheFolder } from "../zoo/cache/cache.node.ts";
import type { EmbedProgress } from "./embed-all.ts";
import { type CacheIdentity, openEmbeddingCache } from "./embedding-cache.node.ts";
import type { EmbeddedImage } from "./embedding-cache.ts";
import { evaluatePairs, type PairEvaluation } from "./protocol.ts";

export type EvaluateOptions = {
  /** Sum the embeddings of the image and its mirror image, as InsightFace's evaluation does. Default true. */
  readonly flip?: boolean;
  /** Images embedded at once. Default 2. */
  readonly concurrency?: number;
  /**
   * Where embeddings are kept, so that a run that was cut off goes on where it was; `null` keeps none.
   * Default: `embeddings/` in the model cache.
   */
  readonly cacheDir?: string | null;
  readonly onProgress?: (progress: EmbedProgress) => void;
  readonly signal?: AbortSignal;
};

/** Raise where detection, alignment or embedding changes what comes out: what was cached before is then left alone. */
const EMBEDDING_VERSION = 1;

/**
 * LFW's view 2 on the photographs, end to end.
 *
 * @param data the folder with pairs.txt and a folder a person.
 * @throws {ArcfaceError} as loadLfwFolder, evaluatePairs and openEmbeddingCache.
 */
export async function evaluateLfw(
  recognizer: Recognizer,
  data: string,
  options: EvaluateOptions = {},
): Promise<PairEvaluation> {
  return evaluatePhotographs(recognizer, await loadLfwFolder(data), options);
}

/** LFW's view 2 on crops that are aligned already: the recogniser alone. `data` serves for pairs.txt. */
export async function evaluateLfwAligned(
  embedder: Embedder,
  data: string,
  aligned: string,
  options: EvaluateOptions = {},
): Promise<PairEvaluation> {
  const { flip = true, signal } = options;
  const folder = await loadLfwFolder(data, { aligned });
  const { codec, read } = createNodeHost();
  const identity = { recognizer: embedder.fingerprint, detector: null, flip };
  return evaluateFolder(folder, identity, options, async (path) => {
    const [embedding] = await embedder.embed([await codec.decode(await read(path), path)], { flip, signal });
    return { embedding: embedding!, missed: false };
  });
}

/** Celebrities in Frontal-Profile, over the splits that are there. */
export async function evaluateCfp(
  recognizer: Recognizer,
  data: string,
  protocol: CfpProtocol,
  options: EvaluateOptions = {},
): Promise<PairEvaluation> {
  return evaluatePhotographs(recognizer, await loadCfpFolder(data, protocol), options);
}

function evaluatePhotographs(
  recognizer: Recognizer,
  folder: PairFolder,
  options: EvaluateOptions,
): Promise<PairEvaluation> {
  const { flip = true, signal } = options;
  const identity = { recognizer: recognizer.fingerprint, detector: recognizer.detectorFingerprint, flip };
  return evaluateFolder(folder, identity, options, (path) => embedPhotograph(recognizer, path, { flip, signal }));
}

/** The embedding of the person a benchmark's photograph is of: the face nearest the centre. */
export async function embedPhotograph(
  recognizer: Recognizer,
  path: string,
  { flip, signal }: { readonly flip: boolean; readonly signal?: AbortSignal | undefined },
): Promise<EmbeddedImage> {
  const image = await recognizer.decode(path);
  const detections = await recognizer.detector.detect(image, { expectFace: true, ...(signal && { signal }) });
  const face = nearestCentre(image, detections);
  if (!face) return { embedding: new Float32Array(0), missed: true };
  const [made] = await recognizer.embedDetections(image, [face], { flip, signal });
  return { embedding: made!.embedding, missed: false };
}

async function evaluateFolder(
  { pairSet, root }: PairFolder,
  identity: CacheIdentity,
  options: EvaluateOptions,
  embed: (path: string) => Promise<EmbeddedImage>,
): Promise<PairEvaluation> {
  const { concurrency = 2, cacheDir = join(cacheFolder(), "embeddings"), onProgress, signal } = options;
  const common = {
    pairSet,
    embed: (image: string) => embed(join(root, image)),
    concurrency,
    ...(onProgress && { onProgress }),
    ...(signal && { signal }),
  };
  if (cacheDir === null) return evaluatePairs(common);
  await using cache = await openEmbeddingCache(cacheDir, { ...identity, version: EMBEDDING_VERSION });
  return await evaluatePairs({ ...common, cache, cacheKey: (image) => imageSha256(root, image) });
}

function nearestCentre({ width, height }: Image, faces: readonly FaceDetection[]): FaceDetection | undefined {
  const distance = ({ box: [x0, y0, x1, y1] }: FaceDetection): number =>
    Math.hypot((x0 + x1 - width) / 2, (y0 + y1 - height) / 2);
  return [...faces].sort((a, b) => distance(a) - distance(b))[0];
}
