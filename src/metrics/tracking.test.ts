import fc from "fast-check";
import { expect, test } from "vitest";
import type { Box } from "../geometry/types.ts";
import { trackingMetrics } from "./tracking.ts";
import type { TrackedBox } from "./tracking-frames.ts";

/** A face of 10 × 10 at a place of its own; places are far apart. */
const at = (frame: number, id: number | string, place: number, shift = 0): TrackedBox => {
  const box: Box = [100 * place + shift, 0, 100 * place + shift + 10, 10];
  return { frame, id, box };
};
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

test("labels that never change are perfect, whatever they are called", () => {
  const truth = range(5).flatMap((f) => [at(f, 0, 0), at(f, 1, 1)]);
  const said = range(5).flatMap((f) => [at(f, "b", 1), at(f, "a", 0)]);
  expect(trackingMetrics(truth, said)).toEqual({
    idf1: 1,
    idtp: 10,
    idfp: 0,
    idfn: 0,
    mota: 1,
    misses: 0,
    falsePositives: 0,
    switches: 0,
    fragments: 0,
    truths: 10,
    predictions: 10,
    labels: new Map([
      [0, ["a"]],
      [1, ["b"]],
    ]),
  });
});

test("a label that changes after 6 of 10 frames: one switch, IDF1 0.6, MOTA 0.9", () => {
  const truth = range(10).map((f) => at(f, 0, 0));
  const said = range(10).map((f) => at(f, f < 6 ? "a" : "b", 0));
  expect(trackingMetrics(truth, said)).toMatchObject({ switches: 1, idtp: 6, idfp: 4, idfn: 4, idf1: 0.6, mota: 0.9 });
});

test("two people who exchange labels in the middle: two switches, half of the boxes right", () => {
  const truth = range(8).flatMap((f) => [at(f, 0, 0), at(f, 1, 1)]);
  const said = range(8).flatMap((f) => [at(f, f < 4 ? "a" : "b", 0), at(f, f < 4 ? "b" : "a", 1)]);
  expect(trackingMetrics(truth, said)).toMatchObject({ switches: 2, idtp: 8, idf1: 0.5, mota: 1 - 2 / 16, misses: 0 });
});

test("a gap of two frames is two misses and a fragment; another label after it is a switch, too", () => {
  const truth = range(9).map((f) => at(f, 0, 0));
  const seen = [0, 1, 2, 3, 6, 7, 8];
  const same = seen.map((f) => at(f, "a", 0));
  expect(trackingMetrics(truth, same)).toMatchObject({ misses: 2, fragments: 1, switches: 0, idtp: 7, idf1: 14 / 16 });
  const other = seen.map((f) => at(f, f < 5 ? "a" : "b", 0));
  expect(trackingMetrics(truth, other)).toMatchObject({ misses: 2, fragments: 1, switches: 1, idtp: 4 });
});

test("somebody out of sight for a while is no fragment, and comes back under the same label or it is a switch", () => {
  const truth = [0, 1, 5, 6].map((f) => at(f, 0, 0));
  const said = [0, 1, 5, 6].map((f) => at(f, f < 3 ? "a" : "b", 0));
  expect(trackingMetrics(truth, said)).toMatchObject({ fragments: 0, switches: 1, misses: 0 });
});

test("an overlap at the threshold counts, one below is a miss and a false positive", () => {
  const truth = [at(0, 0, 0)];
  // 10 × 10 shifted by 10/3: IoU = (20/3) / (40/3) = ½
  expect(trackingMetrics(truth, [at(0, "a", 0, 3.333333)])).toMatchObject({ misses: 0, falsePositives: 0 });
  const off = trackingMetrics(truth, [at(0, "a", 0, 3.4)]);
  expect(off).toMatchObject({ misses: 1, falsePositives: 1, mota: -1, idf1: 0 });
  expect(trackingMetrics(truth, [at(0, "a", 0, 3.4)], { threshold: 0.4 })).toMatchObject({ mota: 1 });
});

test("what was said keeps the person it was said of, even where another box overlaps more", () => {
  const truth = [at(0, 0, 0), at(1, 0, 0)];
  const said = [at(0, "a", 0), at(1, "a", 0, 2), at(1, "b", 0)];
  expect(trackingMetrics(truth, said)).toMatchObject({ switches: 0, falsePositives: 1 });
});

test("in ignored regions nothing counts, but a person at their edge is found all the same", () => {
  const truth = [at(0, 0, 0)];
  const ignored = [
    { frame: 0, box: [0, 0, 10, 10] as const },
    { frame: 0, box: [500, 0, 520, 20] as const },
  ];
  const said = [at(0, "a", 0, 1), at(0, "b", 5)];
  expect(trackingMetrics(truth, said, { ignored })).toMatchObject({ idtp: 1, falsePositives: 0, predictions: 1 });
  expect(trackingMetrics(truth, said)).toMatchObject({ falsePositives: 1, predictions: 2 });
});

test("a label given to two people in one frame is right of one", () => {
  const truth = range(4).flatMap((f) => [at(f, 0, 0), at(f, 1, 1)]);
  const said = range(4).flatMap((f) => [at(f, "a", 0), at(f, "a", 1)]);
  expect(trackingMetrics(truth, said)).toMatchObject({ idtp: 4, idfp: 4, idfn: 4, idf1: 0.5, switches: 0 });
});

test("nothing to find and nothing said is perfect; nothing to find and something said is not", () => {
  expect(trackingMetrics([], [])).toMatchObject({ idf1: 1, mota: 1 });
  expect(trackingMetrics([], [at(0, 0, 0)])).toMatchObject({ idf1: 0, mota: 0, idfp: 1 });
});

test("somebody twice in a frame of the truth, and a threshold of 0, are refused", () => {
  expect(() => trackingMetrics([at(3, 0, 0), at(3, 0, 1)], [])).toThrow("frame 3");
  expect(() => trackingMetrics([], [], { threshold: 0 })).toThrow("above 0");
});

/** All one-to-one ways to give labels to people. */
function bestTogether(counts: readonly (readonly number[])[], row = 0, used: ReadonlySet<number> = new Set()): number {
  if (row === counts.length) return 0;
  let best = bestTogether(counts, row + 1, used);
  for (const [j, count] of counts[row]!.entries()) {
    if (!used.has(j)) best = Math.max(best, count + bestTogether(counts, row + 1, new Set([...used, j])));
  }
  return best;
}

test("IDTP is that of the best of all ways to give labels to people; the counts add up", () => {
  // Of up to 4 people, each at a place of its own, the label in each frame, or none.
  const video = fc.array(
    fc.array(fc.option(fc.integer({ min: 0, max: 4 }), { nil: null }), { minLength: 4, maxLength: 4 }),
    {
      maxLength: 12,
    },
  );
  fc.assert(
    fc.property(video, (frames) => {
      const truth = frames.flatMap((labels, f) => labels.map((_, person) => at(f, person, person)));
      const said = frames.flatMap((labels, f) =>
        labels.flatMap((label, person) => (label === null ? [] : [at(f, label, person)])),
      );
      const counts = range(4).map((person) =>
        range(5).map((label) => frames.filter((labels) => labels[person] === label).length),
      );
      const found = trackingMetrics(truth, said);
      expect(found.idtp).toBe(bestTogether(counts));
      expect(found.idtp + found.idfn).toBe(truth.length);
      expect(found.idtp + found.idfp).toBe(said.length);
      expect(found.misses).toBe(truth.length - said.length);
      // Everybody has a place of their own, so that a switch is a change in the list of labels without the pauses.
      const changes = range(4).map((person) => {
        const heard = frames.map((labels) => labels[person]!).filter((label) => label !== null);
        return heard.filter((label, i) => i > 0 && heard[i - 1] !== label).length;
      });
      expect(found.switches).toBe(changes.reduce((a, b) => a + b, 0));
    }),
    { seed: 74, numRuns: 300 },
  );
});
