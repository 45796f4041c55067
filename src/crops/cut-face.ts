import type { FaceDetector } from "../detect/face-detector.ts";
import { ArcfaceError } from "../errors.ts";
import type { FaceDetection } from "../geometry/detection.ts";
import type { ImageCodec } from "../host/host.ts";
import { alignFace } from "../image/align.ts";
import type { Image } from "../image/image.ts";
import { sniffImage } from "../image/sniff.ts";
import { chooseFace, type FaceChoice } from "./choose-face.ts";
import type { DropReason } from "./outcome.ts";

/** Which face of a picture is cut out, and how it is looked for. */
export type CutOptions = {
  /** Default center. */
  readonly face?: FaceChoice;
  /** Faces with a shorter side below it, in pixels of the picture, are passed over. Default 0. */
  readonly minSize?: number;
  /** Faces scored below it are passed over. Default: the detector's own threshold. */
  readonly minScore?: number;
  /** See DetectOptions; default normal. */
  readonly effort?: "fast" | "normal" | "thorough";
  /** Try the picture turned by 90, 180 and 270 degrees, too. Default false. */
  readonly orientations?: boolean;
  /** Every picture is known to show a face: where none is sure, the likeliest is taken. Default false. */
  readonly expectFace?: boolean;
  /** Pictures of more pixels are passed over. Default 100 million. */
  readonly maxPixels?: number;
};

type Cut = { readonly faces: number } & (
  | { readonly crop: Image; readonly face: FaceDetection }
  | { readonly dropped: DropReason; readonly why?: string }
);

/**
 * The aligned 112×112 crop of the face that an encoded picture is of, or why there is none.
 *
 * @param name what reasons call the picture.
 * @throws {ArcfaceError} CANCELLED; MISSING_TOOL (HEIC); INVALID_ARGUMENT for an option.
 */
export async function cutFace(
  bytes: Uint8Array,
  name: string,
  { codec, detector }: { readonly codec: ImageCodec; readonly detector: FaceDetector },
  options: CutOptions,
  signal?: AbortSignal,
): Promise<Cut> {
  const { face = "center", minSize = 0, minScore, effort, orientations, expectFace, maxPixels } = options;
  let image: Image;
  try {
    image = await codec.decode(bytes, name, maxPixels === undefined ? {} : { maxPixels });
  } catch (error) {
    return { faces: 0, ...dropFor(error, bytes) };
  }
  const faces = await detector.detect(image, {
    ...(minScore !== undefined && { scoreThreshold: minScore }),
    ...(effort && { effort }),
    ...(orientations && { orientations }),
    ...(expectFace && { expectFace }),
    ...(signal && { signal }),
  });
  const chosen = chooseFace(faces, image, { face, minSize });
  if (typeof chosen === "string") return { faces: faces.length, dropped: chosen };
  return { faces: faces.length, face: chosen, crop: alignFace(image, chosen.landmarks) };
}

function dropFor(error: unknown, bytes: Uint8Array): { readonly dropped: DropReason; readonly why: string } {
  if (!(error instanceof ArcfaceError)) throw error;
  const why = error.message;
  if (error.code === "TOO_LARGE") return { dropped: "too-large", why };
  if (error.code !== "UNSUPPORTED_FORMAT") throw error;
  return { dropped: sniffImage(bytes) === null ? "not-an-image" : "damaged", why };
}
