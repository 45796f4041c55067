import { expect, test } from "vitest";
import { createRandom } from "../tensor/random.ts";
import { face, look, seen } from "./testing/faces.ts";
import type { Observation } from "./track.ts";
import { createTracker, type Tracker } from "./tracker.ts";

const MS = 40;
const anna = face(1);

/** A tracker that has seen these for a second, embedded as it wished, and how many embeddings that took. */
function warm(faces: readonly Observation[]): { tracker: Tracker; embedded: number } {
  const tracker = createTracker();
  const random = createRandom(1);
  let embedded = 0;
  for (let i = 0; i < 25; i++) {
    const wanted = new Set(tracker.wantsEmbeddings(faces, i * MS));
    embedded += wanted.size;
    tracker.update(
      faces.map((f, k) => (wanted.has(k) ? { ...f, embedding: look(anna, { random, noise: 0.3 }) } : f)),
      i * MS,
    );
  }
  return { tracker, embedded };
}

test("a resting face is embedded some times in its first second, then about twice a second", () => {
  const { tracker, embedded } = warm([seen(100, 200)]);
  expect(embedded).toBeGreaterThanOrEqual(4);
  expect(embedded).toBeLessThanOrEqual(9);
  let later = 0;
  for (let i = 25; i < 275; i++) {
    const wanted = tracker.wantsEmbeddings([seen(100, 200)], i * MS);
    later += wanted.length;
    tracker.update([wanted.length > 0 ? seen(100, 200, { embedding: anna }) : seen(100, 200)], i * MS);
  }
  expect(later).toBeGreaterThanOrEqual(15);
  expect(later).toBeLessThanOrEqual(25);
});

test("somebody new comes before those who are known, and the budget is kept", () => {
  const { tracker } = warm([seen(100, 200), seen(400, 200)]);
  const faces = [seen(100, 200), seen(400, 200), seen(700, 200, { quality: 0.6 }), seen(900, 200, { quality: 0.8 })];
  expect(tracker.wantsEmbeddings(faces, 25 * MS, { refreshSeconds: 0, budget: 3 }).slice(0, 2)).toEqual([3, 2]);
  expect(tracker.wantsEmbeddings(faces, 25 * MS, { refreshSeconds: 0, budget: 3 })).toHaveLength(3);
  expect(tracker.wantsEmbeddings(faces, 25 * MS, { budget: 0 })).toEqual([]);
});

test("after a cut everybody is new", () => {
  const { tracker } = warm([seen(100, 200), seen(400, 200)]);
  const faces = [seen(100, 200), seen(400, 200)];
  expect(tracker.wantsEmbeddings(faces, 25 * MS, { cut: true })).toEqual([0, 1]);
});

test("two faces that could be exchanged are embedded both", () => {
  const { tracker } = warm([seen(100, 200), seen(135, 200)]);
  expect([...tracker.wantsEmbeddings([seen(112, 200), seen(123, 200)], 25 * MS)].sort()).toEqual([0, 1]);
});

test("a better look than all before is wanted, a smear or a doubtful stranger never", () => {
  const { tracker } = warm([seen(100, 200, { quality: 0.5 })]);
  expect(tracker.wantsEmbeddings([seen(100, 200, { quality: 0.7 })], 25 * MS)).toEqual([0]);
  expect(tracker.wantsEmbeddings([seen(100, 200, { quality: 0.05 })], 40 * MS)).toEqual([]);
  expect(tracker.wantsEmbeddings([seen(700, 200, { score: 0.3 })], 25 * MS)).toEqual([]);
});

test("asking changes nothing", () => {
  const [asked, not] = [warm([seen(100, 200)]).tracker, warm([seen(100, 200)]).tracker];
  for (let i = 0; i < 5; i++) asked.wantsEmbeddings([seen(300, 300)], 30 * MS);
  expect(asked.update([seen(100, 200)], 30 * MS)).toEqual(not.update([seen(100, 200)], 30 * MS));
});
