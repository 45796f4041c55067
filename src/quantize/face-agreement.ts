import { iou } from "../geometry/box.ts";
import type { FaceDetection } from "../geometry/detection.ts";

export type FaceAgreement = {
  /** Faces before and after, and how many of them are the same. */
  readonly before: number;
  readonly after: number;
  readonly same: number;
  /** Of boxes of the same faces: the mean intersection over union; 1 where there are none. */
  readonly iou: number;
  /** 2·same / (before + after), 0 to 1. */
  readonly agreement: number;
};

/** Boxes that overlap by so much show one face. */
const SAME_FACE = 0.5;

/** How far two detectors agree, photograph by photograph; the best overlaps count as the same face first. */
export function faceAgreement(
  before: readonly (readonly FaceDetection[])[],
  after: readonly (readonly FaceDetection[])[],
): FaceAgreement {
  let [same, overlap] = [0, 0];
  for (const [i, faces] of before.entries()) {
    const others = after[i] ?? [];
    const pairs = faces
      .flatMap((a, m) => others.map((b, n) => ({ m, n, overlap: iou(a.box, b.box) })))
      .filter((pair) => pair.overlap >= SAME_FACE)
      .sort((a, b) => b.overlap - a.overlap);
    const [left, right] = [new Set<number>(), new Set<number>()];
    for (const pair of pairs) {
      if (left.has(pair.m) || right.has(pair.n)) continue;
      left.add(pair.m);
      right.add(pair.n);
      same++;
      overlap += pair.overlap;
    }
  }
  const count = (list: readonly (readonly FaceDetection[])[]): number => list.reduce((n, { length }) => n + length, 0);
  const [all, now] = [count(before), count(after)];
  return {
    before: all,
    after: now,
    same,
    iou: same === 0 ? 1 : overlap / same,
    agreement: all + now === 0 ? 1 : (2 * same) / (all + now),
  };
}
