import { join } from "node:path";
import type { Cohort } from "../calibrate/cohort.ts";
import { openImageFolder } from "../data/image-folder.node.ts";
import type { DetectorChoice, ModelChoice, NodeOptions } from "../recognize/compose.node.ts";
import { l2Normalize } from "../tensor/vector.ts";
import { cacheFolder } from "../zoo/cache/cache.node.ts";
import type { EmbedProgress } from "./embed-all.ts";
import { embedTestSet } from "./embed-test-set.node.ts";
import type { MissedImage } from "./evaluation.ts";
import { openPictureEmbedder } from "./picture-embedder.node.ts";

export type EmbedPeopleOptions = {
  /** Which networks, and where they come from. Default: those of loadRecognizer. */
  readonly networks?: NodeOptions & ModelChoice & DetectorChoice;
  /** Where embeddings are kept; `null` keeps none. Default: `embeddings/` in the model cache. */
  readonly cacheDir?: string | null;
  readonly onProgress?: (progress: EmbedProgress) => void;
  readonly signal?: AbortSignal;
};

/** Labelled photographs as `identify` sees faces, with the path of each. */
export type EmbeddedPeople = Cohort & {
  /** The recogniser's slug. */
  readonly model: string;
  readonly files: readonly string[];
  /** Photographs that cannot be read, and those that show no face. */
  readonly missed: readonly MissedImage[];
};

/**
 * Embed a folder of people, a folder each: the face nearest the centre of each photograph, without mirror image.
 *
 * @throws {ArcfaceError} as openImageFolder, loadRecognizer and embedTestSet.
 */
export async function embedPeople(
  folder: string,
  { networks = {}, cacheDir = join(cacheFolder(), "embeddings"), onProgress, signal }: EmbedPeopleOptions = {},
): Promise<EmbeddedPeople> {
  await using images = await openImageFolder(folder);
  await using source = await openPictureEmbedder({ ...networks, withDetector: true, ...(signal && { signal }) });
  const pictures = Array.from({ length: images.count }, (_, i) => ({
    key: images.name(i),
    place: images.place(i),
    face: { kind: "centre" } as const,
  }));
  const { embeddings, missed } = await embedTestSet({ images: pictures, absent: [] }, source, {
    flip: false,
    cacheDir,
    allowMissing: true,
    ...(onProgress && { onProgress }),
    ...(signal && { signal }),
  });
  const kept = [...pictures.keys()].filter((i) => embeddings[i] !== null);
  return {
    model: source.recognizer.name,
    fingerprint: source.recognizer.fingerprint,
    embeddings: kept.map((i) => l2Normalize(embeddings[i]!)),
    labels: kept.map((i) => images.classNames![images.knownLabel(i)!]!),
    files: kept.map((i) => pictures[i]!.key),
    missed,
  };
}
