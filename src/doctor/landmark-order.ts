import { mirrorNames } from "../geometry/landmarks.ts";
import type { Landmarks } from "../geometry/types.ts";
import type { Alignment } from "../image/crop-face.ts";

/**
 * In which order do a detector's landmarks come, and how far are they from where they should be?
 *
 * @returns `none` where there are no landmarks; the error is a mean, in distances of the eyes.
 */
export function readLandmarkOrder(seen: readonly { landmarks: Landmarks; truth: Landmarks }[]): {
  alignment: Alignment;
  error: number | null;
} {
  if (seen.length === 0) return { alignment: "none", error: null };
  const mean = (order: (points: Landmarks) => Landmarks): number =>
    seen.reduce((sum, { landmarks, truth }) => sum + distance(order(landmarks), truth), 0) / seen.length;
  const [straight, mirrored] = [mean((points) => points), mean(mirrorNames)];
  return mirrored < straight ? { alignment: "mirrored", error: mirrored } : { alignment: "arcface", error: straight };
}

/** The mean distance of five points, in distances of the eyes. */
function distance(points: Landmarks, truth: Landmarks): number {
  const [left, right] = truth;
  const eyes = Math.hypot(right[0] - left[0], right[1] - left[1]);
  const sum = points.reduce((total, [x, y], i) => total + Math.hypot(x - truth[i]![0], y - truth[i]![1]), 0);
  return sum / points.length / Math.max(eyes, 1);
}
