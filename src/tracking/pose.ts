import { ARCFACE_TEMPLATE } from "../geometry/landmarks.ts";
import type { Landmarks, Point } from "../geometry/types.ts";

/**
 * How far a face is turned, as five points tell it: offsets of the nose within the face, not angles, because points do
 * not give angles without a model of the head. Both are 0 for ArcFace's template, which is a face from the front.
 */
export type FacePose = {
  /** To the side: + where the nose points to the image's right. 0.5 is about 45°, 1 a profile. */
  readonly yaw: number;
  /** Up or down: + where the nose points down. 0.2 is a clear nod. */
  readonly pitch: number;
};

/**
 * The nose, from the middle of the eyes, in units of the way from there to the middle of the mouth. That way is the
 * unit, and not the distance of the eyes, because turning the head sideways leaves it as long.
 *
 * @returns `null` where eyes and mouth are one point.
 */
export function estimatePose(landmarks: Landmarks): FacePose | null {
  const nose = noseWithin(landmarks);
  const frontal = noseWithin(ARCFACE_TEMPLATE)!;
  return nose && { yaw: nose.across - frontal.across, pitch: nose.along - frontal.along };
}

/** The nose in the frame of the eye line's perpendicular: `along` it from eyes (0) to mouth (1), and `across` it. */
function noseWithin([leftEye, rightEye, nose, mouthLeft, mouthRight]: Landmarks): {
  along: number;
  across: number;
} | null {
  const eyes = middle(leftEye, rightEye);
  const mouth = middle(mouthLeft, mouthRight);
  const [downX, downY] = [mouth[0] - eyes[0], mouth[1] - eyes[1]];
  const squared = downX ** 2 + downY ** 2;
  if (squared === 0) return null;
  const [x, y] = [nose[0] - eyes[0], nose[1] - eyes[1]];
  return { along: (x * downX + y * downY) / squared, across: (x * downY - y * downX) / squared };
}

function middle(a: Point, b: Point): Point {
  return [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
}
