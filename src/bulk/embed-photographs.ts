import type { DetectOptions, FaceDetector } from "../detect/face-detector.ts";
import { ArcfaceError, expected, throwIfCancelled } from "../errors.ts";
import type { FaceDetection } from "../geometry/detection.ts";
import type { Host } from "../host/host.ts";
import { cropFace } from "../image/crop-face.ts";
import type { Image } from "../image/image.ts";
import type { Embedder } from "../recognize/embedder.ts";

/** Which faces of a photograph are embedded: the largest, the nearest to the centre, or all. */
export type WantedFaces = "largest" | "center" | "all";

export type FacesOptions = Pick<DetectOptions, "effort" | "orientations" | "expectFace" | "scoreThreshold"> & {
  /** Default largest. */
  readonly faces?: WantedFaces;
  /** Faces whose shorter side is below it, in pixels of the photograph, are left out. Default 0. */
  readonly minFaceSize?: number;
  /** The photographs are crops already, aligned and of the network's size: nothing is looked for. Default false. */
  readonly aligned?: boolean;
  /** See Embedder. */
  readonly flip?: boolean;
  readonly raw?: boolean;
  /** Photographs of more pixels are missed. Default 100 million. */
  readonly maxPixels?: number;
};

/** Why a photograph gave no embedding: an error's code, and what it says. */
export type Missed = { readonly code: ArcfaceError["code"]; readonly why: string };

/** What was found in one photograph; the embeddings of all faces lie in one list, in the same order. */
export type Found = { readonly faces: readonly FaceDetection[] } | { readonly missed: Missed };

export type EmbeddedPhotographs = {
  /** One a photograph, in order. */
  readonly found: readonly Found[];
  /** A row of `size` numbers a face. */
  readonly rows: Float32Array<ArrayBuffer>;
};

export type PhotographNetworks = {
  readonly host: Pick<Host, "codec" | "read">;
  readonly embedder: Embedder;
  /** `null` where photographs are aligned crops. */
  readonly detector: FaceDetector | null;
};

/** Photographs that are read and decoded while the one before is looked at. */
const AHEAD = 2;

/**
 * Embed the faces of some photographs, in one go: decoding runs ahead of looking, and the recogniser gets the crops of all.
 * What is wrong with one photograph is its answer, not an error.
 *
 * @param paths as the host reads them.
 * @throws {ArcfaceError} CANCELLED; INVALID_ARGUMENT for an option; as the detector and the embedder.
 */
export async function embedPhotographs(
  { host, embedder, detector }: PhotographNetworks,
  paths: readonly string[],
  options: FacesOptions,
  signal?: AbortSignal,
): Promise<EmbeddedPhotographs> {
  const decode = async (path: string): Promise<Image | Missed> => {
    try {
      const { maxPixels } = options;
      return await host.codec.decode(await host.read(path), path, maxPixels === undefined ? {} : { maxPixels });
    } catch (error) {
      return missedBy(error);
    }
  };
  const decoded: Promise<Image | Missed>[] = paths.slice(0, AHEAD).map(decode);
  const found: Found[] = [];
  const crops: Image[] = [];
  for (const [i, path] of paths.entries()) {
    throwIfCancelled(signal, "embed");
    if (i + AHEAD < paths.length) decoded.push(decode(paths[i + AHEAD]!));
    const image = await decoded[i]!;
    delete decoded[i]; // pixels are let go of as soon as they have been looked at
    if ("code" in image) {
      found.push({ missed: image });
      continue;
    }
    const seen = detector
      ? await facesIn(image, path, detector, embedder, options, signal)
      : wholeCrop(image, path, embedder);
    if ("crops" in seen) crops.push(...seen.crops);
    found.push("crops" in seen ? { faces: seen.faces } : { missed: seen });
  }
  const { flip = false, raw = false } = options;
  const embeddings = await embedder.embed(crops, { flip, raw, signal });
  const rows = new Float32Array(embeddings.length * embedder.size);
  for (const [i, embedding] of embeddings.entries()) rows.set(embedding, i * embedder.size);
  return { found, rows };
}

type Seen = { readonly faces: readonly FaceDetection[]; readonly crops: readonly Image[] };

async function facesIn(
  image: Image,
  path: string,
  detector: FaceDetector,
  { alignment, cropSize }: Embedder,
  { faces: wanted = "largest", effort, orientations, expectFace, scoreThreshold, minFaceSize }: FacesOptions,
  signal: AbortSignal | undefined,
): Promise<Seen | Missed> {
  const all = await detector.detect(image, {
    ...(wanted === "largest" && { order: "largest", maxFaces: 1 }),
    ...(effort && { effort }),
    ...(orientations && { orientations }),
    ...(expectFace && { expectFace }),
    ...(scoreThreshold !== undefined && { scoreThreshold }),
    ...(minFaceSize !== undefined && { minFaceSize }),
    ...(signal && { signal }),
  });
  const faces = wanted === "center" ? nearestToCentre(all, image) : all;
  if (faces.length === 0) return { code: "NO_FACE", why: `${path}: no face found` };
  try {
    return { faces, crops: faces.map((face) => cropFace(image, face, alignment, cropSize)) };
  } catch (error) {
    return missedBy(error); // landmarks that are one point
  }
}

function wholeCrop(image: Image, path: string, { cropSize }: Embedder): Seen | Missed {
  const { width, height } = image;
  if (width === cropSize && height === cropSize) return { faces: [WHOLE], crops: [image] };
  return missedBy(expected(path, `a crop of ${cropSize}×${cropSize}`, `${width}×${height}`));
}

/** Of a crop nothing is known but that it is a face. */
const WHOLE: FaceDetection = {
  box: [0, 0, 0, 0],
  score: 1,
  landmarks: [
    [0, 0],
    [0, 0],
    [0, 0],
    [0, 0],
    [0, 0],
  ],
};

function nearestToCentre(faces: readonly FaceDetection[], { width, height }: Image): readonly FaceDetection[] {
  const distance = ({ box: [x0, y0, x1, y1] }: FaceDetection): number =>
    Math.hypot((x0 + x1 - width) / 2, (y0 + y1 - height) / 2);
  return faces.length === 0 ? [] : [faces.reduce((best, one) => (distance(one) < distance(best) ? one : best))];
}

/** An ArcfaceError tells what is wrong with the photograph; any other is a bug, which is to be seen. */
function missedBy(error: unknown): Missed {
  if (error instanceof ArcfaceError && error.code !== "CANCELLED") return { code: error.code, why: error.message };
  throw error;
}
