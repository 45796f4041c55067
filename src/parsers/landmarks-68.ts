import type { Point } from "../geometry/types.ts";
import { head, type Outputs } from "./outputs.ts";

/**
 * Read a network of the 68 points of iBUG 300-W over a batch of N crops: `points` [N, 136], x and y in turn, as
 * fractions of the crop.
 *
 * @returns for each crop its points, in pixels of the crop (whole numbers are pixel centres).
 * @throws {ArcfaceError} MODEL_MISMATCH where the output is missing or of another size.
 */
export function parseLandmarks68(outputs: Outputs, count: number, width: number, height: number): Point[][] {
  const points = head(outputs, "landmarks-68", "points", count, 136);
  return Array.from({ length: count }, (_, n) =>
    Array.from({ length: 68 }, (_, k): Point => {
      const at = 136 * n + 2 * k;
      return [points[at]! * width - 0.5, points[at + 1]! * height - 0.5];
    }),
  );
}
