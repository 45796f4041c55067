import type { Detection } from "../geometry/detection.ts";
import { head, type Outputs, type ParseOptions, scoreHead } from "./outputs.ts";

/** Anchor widths a cell at strides 8, 16, 32 and 64. */
const ANCHORS = [
  [8, 3],
  [16, 2],
  [32, 2],
  [64, 3],
] as const;

/**
 * Read UltraFace (RFB-320, slim-320), whose graph decodes its anchors itself:
 *
 * - `scores` [A, 2] background, face; probabilities
 * - `boxes`  [A, 4] x0, y0, x1, y1 as fractions of the input
 *
 * A is 4420 for 320×240.
 *
 * @returns detections in network-input pixels without landmarks, best first, overlapping ones kept (see nms).
 * @throws {ArcfaceError} MODEL_MISMATCH where an output is missing or of another size, or a score is NaN.
 */
export function parseUltraface(outputs: Outputs, { width, height, scoreThreshold }: ParseOptions): Detection[] {
  const anchors = ANCHORS.reduce((sum, [s, n]) => sum + n * Math.ceil(width / s) * Math.ceil(height / s), 0);
  const scores = scoreHead(outputs, "ultraface", "scores", anchors, 2);
  const boxes = head(outputs, "ultraface", "boxes", anchors, 4);
  const detections: Detection[] = [];
  for (let i = 0; i < anchors; i++) {
    const score = scores[2 * i + 1]!;
    if (score < scoreThreshold) continue;
    const edge = (k: number, size: number) => boxes[4 * i + k]! * size;
    detections.push({ box: [edge(0, width), edge(1, height), edge(2, width), edge(3, height)], score });
  }
  return detections.sort((a, b) => b.score - a.score);
}
