import { ArcfaceError } from "../errors.ts";
import type { Detection } from "../geometry/detection.ts";
import type { Landmarks, Point } from "../geometry/types.ts";
import { head, type Outputs, type ParseOptions, scoreHead } from "./outputs.ts";

export type ScrfdOptions = ParseOptions & {
  /** Default: those the outputs are named by. */
  readonly strides?: readonly number[] | undefined;
  /** Default: 2 of three strides, 1 of five, as InsightFace's networks have. */
  readonly anchorsPerCell?: number | undefined;
};

/**
 * Decode SCRFD's raw heads. For each stride s there are two or three outputs over the A anchors of a grid of
 * floor(height/s) × floor(width/s) cells, row by row, the anchors of a cell one after the other:
 *
 * - `score_s` [A, 1]  probabilities, already through the sigmoid
 * - `bbox_s`  [A, 4]  distances left, top, right, bottom from the cell's corner, in strides
 * - `kps_s`   [A, 10] x, y offsets of the five landmarks from it, in strides; networks without landmarks lack it
 *
 * @returns detections in network-input pixels, best first, overlapping ones kept (see nms).
 * @throws {ArcfaceError} MODEL_MISMATCH where an output is missing or of another size, or a score is NaN.
 * Source: `SCRFD.forward`, insightface python-package/insightface/model_zoo/scrfd.py.
 */
export function parseScrfd(outputs: Outputs, options: ScrfdOptions): Detection[] {
  const { width, height, scoreThreshold, strides = stridesOf(outputs) } = options;
  const { anchorsPerCell = strides.length === 5 ? 1 : 2 } = options;
  const detections: Detection[] = [];
  for (const stride of strides) {
    const columns = Math.floor(width / stride);
    const anchors = columns * Math.floor(height / stride) * anchorsPerCell;
    const scores = scoreHead(outputs, "scrfd", `score_${stride}`, anchors);
    const boxes = head(outputs, "scrfd", `bbox_${stride}`, anchors, 4);
    const points = outputs[`kps_${stride}`] && head(outputs, "scrfd", `kps_${stride}`, anchors, 10);
    for (let i = 0; i < anchors; i++) {
      const score = scores[i]!;
      if (score < scoreThreshold) continue;
      const cell = Math.floor(i / anchorsPerCell);
      const x = (cell % columns) * stride;
      const y = Math.floor(cell / columns) * stride;
      const side = (k: number) => boxes[4 * i + k]! * stride;
      const point = (k: number): Point => [
        x + points![10 * i + 2 * k]! * stride,
        y + points![10 * i + 2 * k + 1]! * stride,
      ];
      detections.push({
        box: [x - side(0), y - side(1), x + side(2), y + side(3)],
        score,
        ...(points && { landmarks: [point(0), point(1), point(2), point(3), point(4)] satisfies Landmarks }),
      });
    }
  }
  return detections.sort((a, b) => b.score - a.score);
}

/**
 * The roles of SCRFD's outputs in the order that InsightFace's files have them: all scores, all boxes, all landmarks.
 * 6 and 9 outputs are strides 8–32; 10 and 15 are strides 8–128; 6 and 10 have no landmarks.
 *
 * @throws {ArcfaceError} MODEL_MISMATCH for any other number.
 */
export function scrfdRoles(outputCount: number): string[] {
  const form = { 6: [3, 2], 9: [3, 3], 10: [5, 2], 15: [5, 3] }[outputCount];
  if (!form) throw new ArcfaceError("MODEL_MISMATCH", `scrfd: expected 6, 9, 10 or 15 outputs, got ${outputCount}`);
  const [strides, kinds] = form;
  return ["score", "bbox", "kps"]
    .slice(0, kinds)
    .flatMap((kind) => [8, 16, 32, 64, 128].slice(0, strides).map((stride) => `${kind}_${stride}`));
}

function stridesOf(outputs: Outputs): number[] {
  const strides = Object.keys(outputs).flatMap((role) => /^score_(\d+)$/.exec(role)?.slice(1).map(Number) ?? []);
  if (strides.length === 0) {
    throw new ArcfaceError(
      "MODEL_MISMATCH",
      `scrfd: expected outputs score_8 …, got ${Object.keys(outputs).join(", ")}`,
    );
  }
  return strides.sort((a, b) => a - b);
}
