import { intersectionOverSmaller } from "../geometry/box.ts";
import type { Detection } from "../geometry/detection.ts";
import type { Box } from "../geometry/types.ts";

type Size = { readonly width: number; readonly height: number };

/**
 * n×n tiles over an image, each overlapping the next by `overlap` of its side, so that a face no larger than that is
 * whole in one of them.
 */
export function tileGrid({ width, height }: Size, n: number, overlap = 0.25): Box[] {
  const spans = (length: number) => {
    const size = length / (n - (n - 1) * overlap);
    return Array.from({ length: n }, (_, i) => [i * size * (1 - overlap), i * size * (1 - overlap) + size] as const);
  };
  return spans(height).flatMap(([y0, y1]) => spans(width).map(([x0, x1]): Box => [x0, y0, x1, y1]));
}

/** Is the box whole within the tile? A side on the image's own edge is. */
export function isWhole(box: Box, tile: Box, { width, height }: Size): boolean {
  const margin = 0.02 * Math.max(tile[2] - tile[0], tile[3] - tile[1]);
  return (
    (box[0] > tile[0] + margin || tile[0] <= 0.5) &&
    (box[1] > tile[1] + margin || tile[1] <= 0.5) &&
    (box[2] < tile[2] - margin || tile[2] >= width - 0.5) &&
    (box[3] < tile[3] - margin || tile[3] >= height - 0.5)
  );
}

/**
 * One non-maximum suppression over what several looks found: of two boxes that share more than half of the smaller
 * one the first stays, for a part of a face seen in one tile is the same face as the whole in another.
 *
 * @param detections in the order of preference.
 */
export function mergeLooks<D extends Detection>(detections: readonly D[], threshold = 0.5): D[] {
  const kept: D[] = [];
  for (const detection of detections) {
    if (kept.every(({ box }) => intersectionOverSmaller(box, detection.box) <= threshold)) kept.push(detection);
  }
  return kept;
}
