import type { FaceDetection } from "../geometry/detection.ts";
import type { Box } from "../geometry/types.ts";
import type { Image } from "../image/image.ts";

export type DetectOptions = {
  /** Faces below it are left out. Default: the detector's own, from its card. */
  readonly scoreThreshold?: number;
  /** Faces whose box is smaller on its shorter side, in pixels of the image, are left out. Default 0. */
  readonly minFaceSize?: number;
  /** Keep at most this many, the first in `order`. Default: all. */
  readonly maxFaces?: number;
  /** `score` (best first), `largest`, or `central`: area less twice the squared distance from the image's centre. */
  readonly order?: "score" | "largest" | "central";
  /**
   * How hard to look for small faces: `fast` looks at the whole image once; `normal` (the default) follows proposals
   * too where the detector has them; `thorough` also looks at overlapping tiles.
   */
  readonly effort?: "fast" | "normal" | "thorough";
  /** Try the image turned by 90°, 180° and 270° too, and keep the orientation with the best faces. Default false. */
  readonly orientations?: boolean;
  /**
   * The image is known to show a face (a portrait, a benchmark's crop): where nothing reaches the threshold,
   * answer the best candidate. Default false.
   */
  readonly expectFace?: boolean;
  /**
   * Of a moving picture: where faces were a moment ago. One that is not found on the whole image is looked for again
   * from close by, where the detector can. Not used with `orientations`.
   */
  readonly near?: readonly Box[];
  /**
   * Of a moving picture: the number of the frame, from 0. The search for small faces is then spread over frames, each
   * of which looks at one part of the image in turn: a face is found a little later, at a fraction of the work. Landmarks
   * are found with half the work, too.
   */
  readonly frame?: number;
  readonly signal?: AbortSignal;
};

/** Finds faces with five landmarks. Boxes and landmarks are in the pixels of the image given. */
export interface FaceDetector extends AsyncDisposable {
  /** The card's slug. */
  readonly name: string;
  /** @throws {ArcfaceError} INVALID_ARGUMENT, CANCELLED. */
  detect(image: Image, options?: DetectOptions): Promise<FaceDetection[]>;
}
