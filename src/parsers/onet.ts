import type { Box, Landmarks, Point } from "../geometry/types.ts";
import { head, type Outputs, scoreHead } from "./outputs.ts";

/** One crop as MTCNN's O-net sees it; in pixels of the crop as it lies in the image, whatever was transposed. */
export type OnetFace = { readonly score: number; readonly box: Box; readonly landmarks: Landmarks };

/**
 * Decode MTCNN's O-net (48×48) over a batch of N crops:
 *
 * - `probability` [N, 2] no face, face
 * - `box`    [N, 4] the box's edges less the crop's, as fractions of it: x0, y0, x1 − 1, y1 − 1
 * - `points` [N, 10] x of the five points, then their y, as fractions of the crop
 *
 * @throws {ArcfaceError} MODEL_MISMATCH where an output is missing or of another size, or a score is NaN.
 * Source: Zhang et al., Joint Face Detection and Alignment using Multi-task Cascaded Convolutional Networks, 2016.
 */
export function parseOnet(outputs: Outputs, count: number, size = 48): OnetFace[] {
  const probabilities = scoreHead(outputs, "onet", "probability", count, 2);
  const boxes = head(outputs, "onet", "box", count, 4);
  const points = head(outputs, "onet", "points", count, 10);
  return Array.from({ length: count }, (_, n) => {
    const edge = (k: number, base: number) => (base + boxes[4 * n + k]!) * size;
    const point = (k: number): Point => [points[10 * n + k]! * size - 0.5, points[10 * n + 5 + k]! * size - 0.5];
    return {
      score: probabilities[2 * n + 1]!,
      box: [edge(0, 0), edge(1, 0), edge(2, 1), edge(3, 1)],
      landmarks: [point(0), point(1), point(2), point(3), point(4)],
    };
  });
}
