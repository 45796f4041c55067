import type { Detection } from "../geometry/detection.ts";
import type { Point } from "../geometry/types.ts";
import { head, type Outputs, type ParseOptions, scoreHead } from "./outputs.ts";

export type YunetOptions = ParseOptions & { readonly strides?: readonly number[] | undefined };

/**
 * Decode YuNet as of March 2023. For each stride s, over the A cells of a (height/s) × (width/s) grid, row by row:
 *
 * - `cls_s`, `obj_s` [A, 1] probabilities; the score is their geometric mean
 * - `bbox_s` [A, 4]  centre's offset from the cell's corner, logarithm of width and height; in strides
 * - `kps_s`  [A, 10] x, y offsets of the five landmarks from that corner, in strides; image-left eye first
 *
 * @returns detections in network-input pixels, best first, overlapping ones kept (see nms).
 * @throws {ArcfaceError} MODEL_MISMATCH where an output is missing or of another size, or a score is NaN.
 * Source: `FaceDetectorYN`, OpenCV modules/objdetect/src/face_detect.cpp.
 */
export function parseYunet(outputs: Outputs, options: YunetOptions): Detection[] {
  const { width, height, scoreThreshold, strides = [8, 16, 32] } = options;
  const detections: Detection[] = [];
  for (const stride of strides) {
    const columns = Math.floor(width / stride);
    const cells = columns * Math.floor(height / stride);
    const classes = scoreHead(outputs, "yunet", `cls_${stride}`, cells);
    const objects = scoreHead(outputs, "yunet", `obj_${stride}`, cells);
    const boxes = head(outputs, "yunet", `bbox_${stride}`, cells, 4);
    const points = head(outputs, "yunet", `kps_${stride}`, cells, 10);
    for (let i = 0; i < cells; i++) {
      const score = Math.sqrt(probability(classes[i]!) * probability(objects[i]!));
      if (score < scoreThreshold) continue;
      const column = i % columns;
      const row = Math.floor(i / columns);
      const x = (column + boxes[4 * i]!) * stride;
      const y = (row + boxes[4 * i + 1]!) * stride;
      const w = Math.exp(boxes[4 * i + 2]!) * stride;
      const h = Math.exp(boxes[4 * i + 3]!) * stride;
      const point = (k: number): Point => [
        (column + points[10 * i + 2 * k]!) * stride,
        (row + points[10 * i + 2 * k + 1]!) * stride,
      ];
      detections.push({
        box: [x - w / 2, y - h / 2, x + w / 2, y + h / 2],
        score,
        landmarks: [point(0), point(1), point(2), point(3), point(4)],
      });
    }
  }
  return detections.sort((a, b) => b.score - a.score);
}

/** The roles, which are the names in OpenCV's files. */
export function yunetRoles(strides: readonly number[] = [8, 16, 32]): string[] {
  return ["cls", "obj", "bbox", "kps"].flatMap((kind) => strides.map((stride) => `${kind}_${stride}`));
}

// Float rounding leaves some a hair outside.
function probability(x: number): number {
  return Math.min(Math.max(x, 0), 1);
}
