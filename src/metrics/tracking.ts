import { assignByOverlap, type IgnoredBox, type MatchFrame, matchFrames, type TrackedBox } from "./tracking-frames.ts";
import { type IdentityCounts, identityCounts } from "./tracking-identity.ts";

export type TrackingMetrics = IdentityCounts & {
  /** 1 − (misses + false positives + switches) / boxes of the truth; may be negative. */
  readonly mota: number;
  readonly misses: number;
  readonly falsePositives: number;
  /** IDSW: how often a person who had a label has another one, also after a pause. */
  readonly switches: number;
  /** How often a person who had a label is without one and has one again. */
  readonly fragments: number;
  /** Boxes of the truth, and of the predictions that count. */
  readonly truths: number;
  readonly predictions: number;
  /** The labels that each person had, in order of first use: one is perfect. */
  readonly labels: ReadonlyMap<number | string, readonly (number | string)[]>;
};

export type TrackingOptions = {
  readonly ignored?: readonly IgnoredBox[];
  /** The least overlap (IoU) of a box with the face it is of. Default 0.5. */
  readonly threshold?: number;
};

/**
 * How well a tracker, or whoever gives labels, follows people through a video.
 *
 * In each frame boxes are assigned to people so that as many as can be keep the label they had in the frame before, and
 * of those ways the one with the largest overlaps.
 *
 * @param predicted without boxes that have no label yet: they count as misses.
 * @throws {ArcfaceError} INVALID_ARGUMENT, see matchFrames.
 *
 * Source: CLEAR MOT, K. Bernardin and R. Stiefelhagen (2008), with the assignment of J. Luiten's TrackEval.
 */
export function trackingMetrics(
  truth: readonly TrackedBox[],
  predicted: readonly TrackedBox[],
  { ignored = [], threshold = 0.5 }: TrackingOptions = {},
): TrackingMetrics {
  const frames = matchFrames(truth, predicted, { ignored, threshold });
  const clear = clearCounts(frames);
  const truths = frames.reduce((sum, frame) => sum + frame.truth.length, 0);
  const predictions = frames.reduce((sum, frame) => sum + frame.predicted.length, 0);
  const errors = clear.misses + clear.falsePositives + clear.switches;
  return {
    ...identityCounts(frames),
    ...clear,
    mota: truths === 0 ? Number(errors === 0) : 1 - errors / truths,
    truths,
    predictions,
  };
}

type ClearCounts = Pick<TrackingMetrics, "misses" | "falsePositives" | "switches" | "fragments" | "labels">;

/** More than all overlaps of a frame together: keeping a label comes first. */
const KEPT = 1000;

function clearCounts(frames: readonly MatchFrame[]): ClearCounts {
  let [misses, falsePositives, switches, fragments] = [0, 0, 0, 0];
  const labels = new Map<number | string, (number | string)[]>();
  const last = new Map<number | string, number | string>();
  let inSight = new Map<number | string, number | string>();
  /** People who had a label, then none while they were there. */
  const dropped = new Set<number | string>();
  for (const { truth, predicted, overlaps } of frames) {
    const columns = predicted.length;
    const worth = overlaps.map((overlap, k) => {
      const keeps = inSight.get(truth[Math.floor(k / columns)]!.id) === predicted[k % columns]!.id;
      return overlap > 0 && keeps ? overlap + KEPT : overlap;
    });
    const columnOf = assignByOverlap(worth, truth.length, columns);
    inSight = new Map();
    for (const [i, { id }] of truth.entries()) {
      const label = predicted[columnOf[i]!]?.id;
      if (label === undefined) {
        misses++;
        if (last.has(id)) dropped.add(id);
        continue;
      }
      if (last.has(id) && last.get(id) !== label) switches++;
      if (dropped.delete(id)) fragments++;
      const had = labels.get(id) ?? [];
      if (!had.includes(label)) labels.set(id, [...had, label]);
      last.set(id, label);
      inSight.set(id, label);
    }
    falsePositives += columns - inSight.size;
  }
  return { misses, falsePositives, switches, fragments, labels };
}
