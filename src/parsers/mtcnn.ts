import { ArcfaceError } from "../errors.ts";
import type { Detection } from "../geometry/detection.ts";
import type { Box } from "../geometry/types.ts";
import { head, type Outputs, scoreHead } from "./outputs.ts";

/** P-net looks at 12×12 windows, 2 pixels apart. */
const CELL = 12;
const STRIDE = 2;

export type PnetOptions = {
  readonly scoreThreshold: number;
  /** The network saw the image with x and y swapped: the first axis of its map runs along x. */
  readonly transposed: boolean;
};

/**
 * Decode MTCNN's P-net over an image of any size, a map of h × w windows:
 *
 * - `probability` [1, 2, h, w] or [1, h, w, 2]: no face, face
 * - `box` [1, 4, h, w] or [1, h, w, 4]: the edges' offsets as fractions of the window: x0, y0, x1, y1
 *
 * @returns refined boxes in pixels of the image as it was before any swap, best first, overlapping ones kept.
 * @throws {ArcfaceError} MODEL_MISMATCH where an output is missing or of another size, or a score is NaN.
 */
export function parsePnet(outputs: Outputs, { scoreThreshold, transposed }: PnetOptions): Detection[] {
  const shape = outputs.probability?.shape ?? [];
  // A map [1, 2, h, 2] could be either: then the box's last axis tells.
  const last = shape.at(-1) === 2 && (shape[1] !== 2 || outputs.box?.shape.at(-1) === 4);
  const [rows, columns] = last ? shape.slice(1, 3) : shape.slice(2, 4);
  if (shape.length !== 4 || shape[0] !== 1 || !rows || !columns || !(last || shape[1] === 2)) {
    throw new ArcfaceError(
      "MODEL_MISMATCH",
      `pnet: expected output probability of [1, 2, h, w] or [1, h, w, 2], got ${shape.length ? `[${shape.join(", ")}]` : "none"}`,
    );
  }
  const count = rows * columns;
  const [scoreRows, boxRows, width] = last ? ([count, count, 1] as const) : ([2 * rows, 4 * rows, columns] as const);
  const scores = scoreHead(outputs, "pnet", "probability", scoreRows, last ? 2 : width);
  const boxes = head(outputs, "pnet", "box", boxRows, last ? 4 : width);
  const detections: Detection[] = [];
  for (let i = 0; i < count; i++) {
    const score = last ? scores[2 * i + 1]! : scores[count + i]!;
    if (score < scoreThreshold) continue;
    const [first, second] = [Math.floor(i / columns) * STRIDE, (i % columns) * STRIDE];
    const [x, y] = transposed ? [first, second] : [second, first];
    const offset = (k: number) => (last ? boxes[4 * i + k]! : boxes[k * count + i]!);
    detections.push({ box: refine([x, y, x + CELL, y + CELL], offset), score });
  }
  return detections.sort((a, b) => b.score - a.score);
}

/**
 * Decode MTCNN's R-net over a batch of N crops: `probability` [N, 2] and `box` [N, 4], as O-net's.
 *
 * @param boxes where the N crops were taken from.
 * @returns one a crop, in its order: the score, and the box moved as the network says.
 * @throws {ArcfaceError} MODEL_MISMATCH where an output is missing or of another size, or a score is NaN.
 */
export function parseRnet(outputs: Outputs, boxes: readonly Box[]): Detection[] {
  const scores = scoreHead(outputs, "rnet", "probability", boxes.length, 2);
  const offsets = head(outputs, "rnet", "box", boxes.length, 4);
  return boxes.map((box, n) => ({ box: refine(box, (k) => offsets[4 * n + k]!), score: scores[2 * n + 1]! }));
}

function refine([x0, y0, x1, y1]: Box, offset: (k: number) => number): Box {
  const [width, height] = [x1 - x0, y1 - y0];
  return [x0 + offset(0) * width, y0 + offset(1) * height, x1 + offset(2) * width, y1 + offset(3) * height];
}
