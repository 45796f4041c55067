import type { DetectOptions } from "../detect/face-detector.ts";
import { expected, throwIfCancelled } from "../errors.ts";
import type { Gallery } from "../gallery/gallery.ts";
import { fingerprintMismatch, personName } from "../gallery/rules.ts";
import type { DecodeOptions } from "../host/host.ts";
import { sharpness } from "../image/blur.ts";
import { chooseRule, type DecisionOptions } from "./decision.ts";
import type { Face, ImageInput } from "./face.ts";
import type { Photo, Recognizer } from "./recognizer.ts";

export type EnrolOptions = Omit<DetectOptions, "maxFaces" | "order"> &
  DecisionOptions & {
    /** Where a photo shows several faces, take the largest instead of refusing. Default false. */
    readonly largest?: boolean;
    /** Enrol though the face looks like another enrolled person (twins do). Default false. */
    readonly allowLookalike?: boolean;
    /** The face's shorter box side, pixels, below which it is refused. Default 40. */
    readonly minEnrolSize?: number;
    /** Sharpness of the aligned crop (see image/blur) below which it is refused; 0 takes all. Default 35. */
    readonly minSharpness?: number;
  };

/** What became of one photograph. Only `enrolled` changed the gallery. */
export type EnrolOutcome =
  | {
      readonly status: "enrolled";
      readonly face: Face;
      /** Best match among the person's earlier templates; `null` for the first. */
      readonly ownSimilarity: number | null;
      /** Is that below the threshold? Then one of the photographs may be of somebody else. */
      readonly unlike: boolean;
    }
  | { readonly status: "already-enrolled"; readonly as: string }
  | { readonly status: "no-face" }
  | { readonly status: "several-faces"; readonly count: number }
  | { readonly status: "too-small"; readonly size: number; readonly minimum: number }
  | { readonly status: "blurred"; readonly sharpness: number; readonly minimum: number }
  | { readonly status: "looks-like"; readonly other: string; readonly similarity: number; readonly threshold: number };

/** A photograph (see Recognizer.open) and whose it is said to be. */
export type EnrolPhoto = Photo & { readonly name: string };

const MIN_ENROL_SIZE = 40;
/** Fewer than 0.5 % of LFW's crops are less sharp, and more than 95 % of the same crops blurred by a Gaussian of σ 2 are. */
const MIN_SHARPNESS = 35;

/** Read a photograph and enrolPhoto it. @throws {ArcfaceError} as Recognizer.open and enrolPhoto. */
export async function enrol(
  recognizer: Recognizer,
  gallery: Gallery,
  name: string,
  image: ImageInput,
  options: DecodeOptions & EnrolOptions = {},
): Promise<EnrolOutcome> {
  return enrolPhoto(recognizer, gallery, { name, ...(await recognizer.open(image, options)) }, options);
}

/**
 * Add one photograph of a person to a gallery, unless it would do harm there. Durable when it returns `enrolled`.
 *
 * @throws {ArcfaceError} MODEL_MISMATCH where the gallery is another recogniser's; as chooseRule, FaceDetector.detect
 *   and the store's enrol; CANCELLED, and nothing was written then.
 */
export async function enrolPhoto(
  recognizer: Recognizer,
  gallery: Gallery,
  photo: EnrolPhoto,
  options: EnrolOptions = {},
): Promise<EnrolOutcome> {
  const {
    largest = false,
    allowLookalike = false,
    minEnrolSize = MIN_ENROL_SIZE,
    minSharpness = MIN_SHARPNESS,
    ...rest
  } = options;
  if (!(minEnrolSize >= 0)) throw expected("enrol", "minEnrolSize of 0 or more pixels", `${minEnrolSize}`);
  if (!(minSharpness >= 0)) throw expected("enrol", "minSharpness of 0 or more", `${minSharpness}`);
  if (gallery.fingerprint !== recognizer.fingerprint)
    throw fingerprintMismatch(gallery.fingerprint, recognizer.fingerprint);
  const rule = chooseRule(recognizer.thresholds, options, recognizer.name);
  const { image, imageSha256, source } = photo;
  const name = personName(photo.name);

  const owner = imageSha256 === null ? null : await gallery.findImage(imageSha256);
  if (owner) return { status: "already-enrolled", as: owner.name };

  // All faces, whatever a caller without types asks: one of several must not pass for the only one.
  const everyFace = { ...rest, order: "largest", maxFaces: Number.POSITIVE_INFINITY } as const;
  const detections = await recognizer.detector.detect(image, everyFace);
  const [detection] = detections;
  if (!detection) return { status: "no-face" };
  if (detections.length > 1 && !largest) return { status: "several-faces", count: detections.length };

  const [x0, y0, x1, y1] = detection.box;
  const size = Math.min(x1 - x0, y1 - y0);
  if (size < minEnrolSize) return { status: "too-small", size, minimum: minEnrolSize };
  const sharp = sharpness(recognizer.align(image, detection));
  if (sharp < minSharpness) return { status: "blurred", sharpness: sharp, minimum: minSharpness };

  const [face] = await recognizer.embedDetections(image, [detection], rest);
  const { embedding } = face!;
  const other = await gallery.lookalike(embedding, name, rule.threshold);
  if (other && !allowLookalike)
    return { status: "looks-like", other: other.name, similarity: other.similarity, threshold: rule.threshold };
  const ownSimilarity = await gallery.similarityTo(name, embedding);
  throwIfCancelled(options.signal, "enrol");
  await gallery.enrol(name, [{ embedding, imageSha256, source }]);
  return {
    status: "enrolled",
    face: face!,
    ownSimilarity,
    unlike: ownSimilarity !== null && ownSimilarity < rule.threshold,
  };
}
