import type { Detection } from "./detection.ts";
import { applyAffine } from "./similarity.ts";
import type { Affine, Box, Landmarks, Point } from "./types.ts";

/** Width × height; 0 where a side is not positive. */
export function boxArea([x0, y0, x1, y1]: Box): number {
  return Math.max(0, x1 - x0) * Math.max(0, y1 - y0);
}

/** The area that two boxes share. */
export function intersectionArea(a: Box, b: Box): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  return width > 0 && height > 0 ? width * height : 0;
}

/** Intersection over union, 0–1; 0 where either box has no area. */
export function iou(a: Box, b: Box): number {
  const shared = intersectionArea(a, b);
  return shared === 0 ? 0 : shared / (boxArea(a) + boxArea(b) - shared);
}

/** Intersection over the area of the smaller box, 0–1: 1 where one lies within the other. */
export function intersectionOverSmaller(a: Box, b: Box): number {
  const shared = intersectionArea(a, b);
  return shared === 0 ? 0 : shared / Math.min(boxArea(a), boxArea(b));
}

/**
 * The part of a box within [0, width] × [0, height], so that its rounded corners cut pixels out of an image.
 * A box wholly outside comes back with a side of 0, on the nearest edge.
 */
export function clipBox([x0, y0, x1, y1]: Box, width: number, height: number): Box {
  return [clamp(x0, width), clamp(y0, height), clamp(x1, width), clamp(y1, height)];
}

/** The upright box around a box that an affine has moved; exact under shifts, scales and quarter turns. */
export function mapBox(affine: Affine, [x0, y0, x1, y1]: Box): Box {
  const corners: Point[] = [
    [x0, y0],
    [x1, y0],
    [x0, y1],
    [x1, y1],
  ];
  const moved = corners.map((corner) => applyAffine(affine, corner));
  const xs = moved.map(([x]) => x);
  const ys = moved.map(([, y]) => y);
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

export type NmsOptions = {
  /**
   * Measure boxes as pixels from x0 to x1 inclusive, a side being x1 − x0 + 1, as InsightFace's SCRFD and its
   * ancestors do. It matters for faces of a few pixels only. Default false: a side is x1 − x0.
   */
  readonly inclusive?: boolean;
};

/**
 * Greedy non-maximum suppression: the best detection stays, every other that overlaps it by more than `threshold`
 * goes, and so on with those left. An overlap of exactly `threshold` stays, with either measure.
 *
 * @returns the detections kept, best first; those of one score stay in the order given.
 */
export function nms<D extends Detection>(detections: readonly D[], threshold: number, options: NmsOptions = {}): D[] {
  const { inclusive = false } = options;
  const measured = (box: Box): Box => (inclusive ? [box[0], box[1], box[2] + 1, box[3] + 1] : box);
  const kept: { detection: D; box: Box }[] = [];
  for (const detection of bestFirst(detections)) {
    const box = measured(detection.box);
    if (kept.every((better) => iou(better.box, box) <= threshold)) kept.push({ detection, box });
  }
  return kept.map(({ detection }) => detection);
}

/**
 * Non-maximum suppression that blends: the best detection and all left that overlap it by more than `threshold`
 * become one, whose box and landmarks are their means weighted by score, and whose score is the best one's.
 * Landmarks are averaged over the members that have them.
 *
 * @param detections scores above 0.
 * @returns one detection a cluster, best first.
 * Source: MediaPipe's NonMaxSuppressionCalculator with algorithm WEIGHTED.
 */
export function weightedNms(detections: readonly Detection[], threshold: number): Detection[] {
  const clusters: Detection[] = [];
  let left: readonly Detection[] = bestFirst(detections);
  for (let [best] = left; best; [best] = left) {
    const { box, score } = best;
    // The best one belongs to its cluster even where its box has no area.
    const members = left.filter((other) => other === best || iou(box, other.box) > threshold);
    left = left.filter((other) => !members.includes(other));
    const landmarks = meanLandmarks(members);
    clusters.push({ box: meanBox(members), score, ...(landmarks && { landmarks }) });
  }
  return clusters;
}

function bestFirst<D extends Detection>(detections: readonly D[]): D[] {
  return [...detections].sort((a, b) => b.score - a.score);
}

function meanBox(members: readonly Detection[]): Box {
  const side = (k: 0 | 1 | 2 | 3) => weightedMean(members, ({ box }) => box[k]);
  return [side(0), side(1), side(2), side(3)];
}

function meanLandmarks(members: readonly Detection[]): Landmarks | undefined {
  const marked = members.filter((member) => member.landmarks !== undefined);
  if (marked.length === 0) return undefined;
  const point = (k: 0 | 1 | 2 | 3 | 4): Point => [
    weightedMean(marked, ({ landmarks }) => landmarks![k][0]),
    weightedMean(marked, ({ landmarks }) => landmarks![k][1]),
  ];
  return [point(0), point(1), point(2), point(3), point(4)];
}

function weightedMean(members: readonly Detection[], value: (member: Detection) => number): number {
  let sum = 0;
  let weight = 0;
  for (const member of members) {
    sum += member.score * value(member);
    weight += member.score;
  }
  return sum / weight;
}

function clamp(value: number, end: number): number {
  return Math.min(Math.max(value, 0), end);
}
