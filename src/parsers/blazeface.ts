import type { Detection } from "../geometry/detection.ts";
import type { Point } from "../geometry/types.ts";
import { head, type Outputs, type ParseOptions, scoreHead, sigmoid } from "./outputs.ts";

/** Pixels of the input a cell of the grid spans. */
const STRIDE = 4;

/**
 * Decode MediaPipe's full-range BlazeFace: one anchor a cell of a (height/4) × (width/4) grid, at the cell's middle,
 * row by row. For 192×192:
 *
 * - `scores`     [2304, 1]  before the sigmoid
 * - `regressors` [2304, 16] in input pixels: the centre's offset from the anchor, width and height, then the offsets
 *   of six points: eye on the image's left, other eye, nose tip, mouth centre, two ears
 *
 * Both mouth corners are put at the mouth's centre, half the distance of the eyes apart and parallel to them: rough,
 * and meant to be replaced by a landmark network's.
 *
 * @returns detections in network-input pixels, best first, overlapping ones kept (see weightedNms).
 * @throws {ArcfaceError} MODEL_MISMATCH where an output is missing or of another size, or a score is NaN.
 * Source: MediaPipe's face_detection_full_range graph and its TensorsToDetectionsCalculator options.
 */
export function parseBlazeface(outputs: Outputs, { width, height, scoreThreshold }: ParseOptions): Detection[] {
  const columns = Math.floor(width / STRIDE);
  const cells = columns * Math.floor(height / STRIDE);
  const logits = scoreHead(outputs, "blazeface", "scores", cells);
  const values = head(outputs, "blazeface", "regressors", cells, 16);
  const detections: Detection[] = [];
  for (let i = 0; i < cells; i++) {
    const score = sigmoid(logits[i]!);
    if (score >= scoreThreshold) detections.push(detectionAt(i, score, columns, values));
  }
  return detections.sort((a, b) => b.score - a.score);
}

/** A function of its own: closures in the loop above would cost every cell an object. */
function detectionAt(i: number, score: number, columns: number, values: Float32Array): Detection {
  const x = ((i % columns) + 0.5) * STRIDE;
  const y = (Math.floor(i / columns) + 0.5) * STRIDE;
  const value = (k: number) => values[16 * i + k]!;
  const [centreX, centreY, halfWidth, halfHeight] = [x + value(0), y + value(1), value(2) / 2, value(3) / 2];
  const point = (k: number): Point => [x + value(2 * k) - 0.5, y + value(2 * k + 1) - 0.5];
  const [leftEye, rightEye, nose, mouth] = [point(2), point(3), point(4), point(5)];
  const reach: Point = [(rightEye[0] - leftEye[0]) / 4, (rightEye[1] - leftEye[1]) / 4];
  return {
    box: [centreX - halfWidth, centreY - halfHeight, centreX + halfWidth, centreY + halfHeight],
    score,
    landmarks: [
      leftEye,
      rightEye,
      nose,
      [mouth[0] - reach[0], mouth[1] - reach[1]],
      [mouth[0] + reach[0], mouth[1] + reach[1]],
    ],
  };
}
