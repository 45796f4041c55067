import { assign } from "../tensor/assignment.ts";
import type { MatchFrame } from "./tracking-frames.ts";

export type IdentityCounts = {
  /** 2·IDTP / (2·IDTP + IDFP + IDFN); 1 where there is neither truth nor prediction. */
  readonly idf1: number;
  readonly idtp: number;
  readonly idfp: number;
  readonly idfn: number;
};

/**
 * How well labels stand for people over a whole video: each person is given at most one label and each label to at most
 * one person, so that as many boxes as can be are under the right one (IDTP).
 *
 * Source: E. Ristani et al., "Performance measures and a data set for multi-target, multi-camera tracking" (2016).
 */
export function identityCounts(frames: readonly MatchFrame[]): IdentityCounts {
  const people = new Map<number | string, number>();
  const labels = new Map<number | string, number>();
  const index = (of: Map<number | string, number>, id: number | string): number => {
    const known = of.get(id) ?? of.size;
    of.set(id, known);
    return known;
  };
  let [truths, predictions] = [0, 0];
  // together[person][label]: frames in which a box of the label lies on the person
  const together: number[][] = [];
  for (const { truth, predicted, overlaps } of frames) {
    truths += truth.length;
    predictions += predicted.length;
    for (const [i, { id }] of truth.entries()) {
      const row = index(people, id);
      together[row] ??= [];
      // A label given twice in one frame is right once at most.
      const here = new Set(predicted.filter((_, j) => overlaps[i * predicted.length + j]! > 0).map((p) => p.id));
      for (const label of here) {
        const column = index(labels, label);
        together[row]![column] = (together[row]![column] ?? 0) + 1;
      }
    }
  }
  const costs = together.flatMap((row) => Array.from({ length: labels.size }, (_, j) => -(row[j] ?? 0)));
  const labelOf = assign(costs, people.size, labels.size, 0);
  const idtp = labelOf.reduce((sum, column, row) => sum + (column === -1 ? 0 : together[row]![column]!), 0);
  const all = truths + predictions;
  return { idf1: all === 0 ? 1 : (2 * idtp) / all, idtp, idfp: predictions - idtp, idfn: truths - idtp };
}
