import type { FaceDetection } from "../geometry/detection.ts";
import type { Image } from "../image/image.ts";
import type { DetectOptions } from "./face-detector.ts";

/** What a kind of detector is asked for; every option is checked and has its value. See DetectOptions. */
export type Search = Required<Pick<DetectOptions, "effort" | "expectFace" | "minFaceSize">> & {
  readonly near?: DetectOptions["near"];
  readonly frame?: number | undefined;
  /** Absent where the caller names none: the finder's own. */
  readonly scoreThreshold: number;
  readonly signal: AbortSignal | undefined;
};

/**
 * The part of a detector that differs between kinds. Filtering, order, clipping and orientations are the same for all
 * and done in one place (createDetectorOf).
 */
export interface Finder extends AsyncDisposable {
  readonly scoreThreshold: number;
  /** @returns faces at or above the threshold, none twice, in the image's pixels, in any order. */
  find(image: Image, search: Search): Promise<FaceDetection[]>;
}

/** Below it nothing is a candidate, not even where a face is known to be there. */
export const LEAST_SCORE = 0.1;
