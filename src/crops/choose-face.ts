import type { FaceDetection } from "../geometry/detection.ts";

/** Whose face a photograph is taken for: the one nearest its centre, its largest, or its only one. */
export type FaceChoice = "center" | "largest" | "only";

/** Why a photograph gives no face. */
export type NoChoice = "no-face" | "too-small" | "several-faces";

/**
 * The face that a photograph of one person is of. Faces smaller than `minSize` count for nothing, unless all are.
 *
 * @param size the photograph's, in pixels.
 * @param minSize of a face's box, on its shorter side, in pixels.
 */
export function chooseFace(
  faces: readonly FaceDetection[],
  { width, height }: { readonly width: number; readonly height: number },
  { face, minSize }: { readonly face: FaceChoice; readonly minSize: number },
): FaceDetection | NoChoice {
  if (faces.length === 0) return "no-face";
  const candidates = faces.filter(({ box: [x0, y0, x1, y1] }) => Math.min(x1 - x0, y1 - y0) >= minSize);
  if (candidates.length === 0) return "too-small";
  if (face === "only") return candidates.length === 1 ? candidates[0]! : "several-faces";
  const value = {
    largest: ({ box: [x0, y0, x1, y1] }: FaceDetection) => (x1 - x0) * (y1 - y0),
    center: ({ box: [x0, y0, x1, y1] }: FaceDetection) => -Math.hypot((x0 + x1 - width) / 2, (y0 + y1 - height) / 2),
  }[face];
  return candidates.reduce((best, one) => (value(one) > value(best) ? one : best));
}
