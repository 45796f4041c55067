import type { Landmarks } from "../geometry/types.ts";
import type { Image } from "../image/image.ts";
import { faceDetail } from "./detail.ts";
import { estimatePose } from "./pose.ts";

export type QualityInput = {
  readonly landmarks: Landmarks;
  /** The detector's, 0–1; left out, it does not count. */
  readonly score?: number;
  /** The aligned crop that is or would be embedded; left out, sharpness is judged by the size of the face alone. */
  readonly crop?: Image;
};

// Half of the similarity that good photographs of a person have is left at these (docs/decisions/tracking.md).
const HALF_SIZE = 8.5; // pixels from eyes to mouth
const HALF_DETAIL = 0.08; // of faceDetail
const HALF_YAW = 0.4; // of estimatePose
const SURE_SCORE = 0.5;

/**
 * How much an embedding of this face is worth, 0–1: about the share of the similarity that it keeps to good photographs
 * of the same person. Faces with little of it do not only resemble themselves less, they resemble one another more: of
 * two strangers' smeared crops the cosine may be 0.6. So a similarity says as much as the poorer of the two faces allows.
 *
 * The product of three shares: fine detail (of the crop and of the size, whichever is less), turned to the front, and
 * seen by the detector without doubt.
 */
export function faceQuality({ landmarks, score = 1, crop }: QualityInput): number {
  const size = (eyesToMouth(landmarks) / HALF_SIZE) ** 4;
  const detail = crop ? (faceDetail(crop) / HALF_DETAIL) ** 1.5 : Infinity;
  const clear = Math.min(share(size), share(detail));
  const yaw = estimatePose(landmarks)?.yaw ?? Infinity;
  return clear * (1 / (1 + (yaw / HALF_YAW) ** 2)) * Math.min(1, Math.max(0, score) / SURE_SCORE);
}

/** x / (1 + x), 1 for Infinity. */
function share(x: number): number {
  return x === Infinity ? 1 : x / (1 + x);
}

function eyesToMouth([leftEye, rightEye, , mouthLeft, mouthRight]: Landmarks): number {
  const x = (leftEye[0] + rightEye[0] - mouthLeft[0] - mouthRight[0]) / 2;
  const y = (leftEye[1] + rightEye[1] - mouthLeft[1] - mouthRight[1]) / 2;
  return Math.hypot(x, y);
}
