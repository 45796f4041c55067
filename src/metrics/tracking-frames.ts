import { expected } from "../errors.ts";
import { boxArea, intersectionArea, iou } from "../geometry/box.ts";
import type { Box } from "../geometry/types.ts";
import { assign } from "../tensor/assignment.ts";

/** Somebody, or what a tracker calls somebody, in one frame of a video. */
export type TrackedBox = { readonly frame: number; readonly id: number | string; readonly box: Box };

/** A part of one frame where nobody knows what is right: what is found there does not count. */
export type IgnoredBox = { readonly frame: number; readonly box: Box };

/** One frame: what is there, what was said, and how much each overlaps (IoU; 0 where below the threshold). */
export type MatchFrame = {
  readonly truth: readonly TrackedBox[];
  readonly predicted: readonly TrackedBox[];
  /** truth × predicted, row-major. */
  readonly overlaps: Float64Array;
};

/**
 * Truth and predictions frame by frame, in order of frames; predictions of ignored regions left out: those that lie in
 * one with half of their area or more, unless the best assignment of boxes to truth needs them.
 *
 * @throws {ArcfaceError} INVALID_ARGUMENT where the threshold is not in 0–1 or somebody is in one frame twice in the truth.
 */
export function matchFrames(
  truth: readonly TrackedBox[],
  predicted: readonly TrackedBox[],
  { ignored = [], threshold }: { ignored?: readonly IgnoredBox[]; threshold: number },
): MatchFrame[] {
  if (!(threshold > 0 && threshold <= 1))
    throw expected("tracking metrics", "an IoU above 0, at most 1", `${threshold}`);
  const frames = [...new Set([...truth, ...predicted].map(({ frame }) => frame))].sort((a, b) => a - b);
  const [truths, said, blind] = [byFrame(truth), byFrame(predicted), byFrame(ignored)];
  return frames.map((frame) => {
    const rows = truths.get(frame) ?? [];
    if (new Set(rows.map(({ id }) => id)).size !== rows.length) {
      throw expected("tracking metrics", `everybody once in frame ${frame} of the truth`, "somebody twice");
    }
    const all = said.get(frame) ?? [];
    const overlaps = overlapsOf(rows, all, threshold);
    const needed = new Set(assignByOverlap(overlaps, rows.length, all.length));
    const columns = all.filter(({ box }, j) => needed.has(j) || !liesIn(box, blind.get(frame) ?? []));
    return { truth: rows, predicted: columns, overlaps: overlapsOf(rows, columns, threshold) };
  });
}

/** For each row the column it overlaps, so that the sum is largest; −1 for none. */
export function assignByOverlap(overlaps: ArrayLike<number>, rows: number, columns: number): Int32Array {
  return assign(
    Array.from(overlaps, (overlap) => -overlap),
    rows,
    columns,
    0,
  );
}

function overlapsOf(rows: readonly TrackedBox[], columns: readonly TrackedBox[], threshold: number): Float64Array {
  return Float64Array.from(
    rows.flatMap((row) => columns.map((column) => iou(row.box, column.box))),
    (overlap) => (overlap >= threshold ? overlap : 0),
  );
}

function liesIn(box: Box, regions: readonly IgnoredBox[]): boolean {
  return regions.some((region) => intersectionArea(box, region.box) >= boxArea(box) / 2);
}

function byFrame<T extends { readonly frame: number }>(items: readonly T[]): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const item of items) {
    const group = groups.get(item.frame);
    if (group) group.push(item);
    else groups.set(item.frame, [item]);
  }
  return groups;
}
