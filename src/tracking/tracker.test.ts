import { expect, test } from "vitest";
import { createRandom } from "../tensor/random.ts";
import { face, look, seen } from "./testing/faces.ts";
import type { Observation, Track } from "./track.ts";
import { createTracker } from "./tracker.ts";

const MS = 40;
const ids = (tracks: readonly Track[]): number[] => tracks.filter((t) => t.observation !== null).map(({ id }) => id);
const trackOf = (tracks: readonly Track[], observation: number): Track =>
  tracks.find((t) => t.observation === observation)!;

test("a face that walks keeps its number, is new for two frames and tracked from the third on", () => {
  const tracker = createTracker();
  const states = Array.from({ length: 30 }, (_, i) => tracker.update([seen(100 + 12 * i, 200)], i * MS)[0]!);
  expect(states.map(({ id }) => id)).toEqual(Array(30).fill(0));
  expect(states.map(({ state }) => state)).toEqual(["new", "new", ...Array(28).fill("tracked")]);
  expect(states.at(-1)).toMatchObject({ hits: 30, firstSeenMs: 0, lastSeenMs: 29 * MS, observation: 0 });
});

test("two faces that pass through one another keep their numbers by where they were going", () => {
  const tracker = createTracker();
  for (let i = 0; i < 40; i++) {
    const left = seen(100 + 15 * i, 200);
    const right = seen(700 - 15 * i, 215);
    // The detector's order says nothing.
    const swapped = i % 2 === 1;
    const tracks = tracker.update(swapped ? [right, left] : [left, right], i * MS);
    expect(trackOf(tracks, swapped ? 1 : 0).id).toBe(0);
    expect(trackOf(tracks, swapped ? 0 : 1).id).toBe(1);
  }
});

test("irregular and missing frames do not lose a walking face", () => {
  const tracker = createTracker();
  const random = createRandom(5);
  let t = 0;
  for (let i = 0; i < 60; i++) {
    t += 20 + Math.floor(random.uniform() * 180);
    expect(ids(tracker.update([seen(100 + 0.3 * t, 200)], t))).toEqual([0]);
  }
});

test("a face hidden for a second goes on as the same track, where it was going", () => {
  const tracker = createTracker();
  for (let i = 0; i < 25; i++) tracker.update([seen(100 + 6 * i, 200)], i * MS);
  for (let i = 25; i < 50; i++) {
    const [track] = tracker.update([], i * MS);
    expect(track).toMatchObject({ id: 0, state: "lost", observation: null });
    expect(track!.box[0]).toBeGreaterThan(150);
  }
  expect(tracker.update([seen(320, 200)], 50 * MS)[0]).toMatchObject({ id: 0, state: "tracked" });
});

test("a track unseen for lostSeconds is removed once, and its number does not come back", () => {
  const tracker = createTracker({ lostSeconds: 1 });
  for (let i = 0; i < 5; i++) tracker.update([seen(100, 200)], i * MS);
  expect(tracker.update([], 1100)[0]!.state).toBe("lost");
  expect(tracker.update([], 1161)[0]!.state).toBe("removed");
  expect(tracker.update([], 1200)).toEqual([]);
  expect(ids(tracker.update([seen(100, 200)], 1240))).toEqual([1]);
});

test("a face unsure for some frames carries its track on, but begins none", () => {
  const tracker = createTracker();
  for (let i = 0; i < 5; i++) tracker.update([seen(100, 200)], i * MS);
  const tracks = tracker.update([seen(103, 200, { score: 0.3 }), seen(500, 200, { score: 0.4 })], 5 * MS);
  expect(tracks).toHaveLength(1);
  expect(tracks[0]).toMatchObject({ id: 0, state: "tracked", observation: 0 });
  expect(tracker.update([seen(103, 200, { score: 0.2 })], 6 * MS)[0]!.state).toBe("lost");
});

test("a flash of a false face never becomes a tracked one", () => {
  const tracker = createTracker();
  tracker.update([seen(100, 200)], 0);
  expect(tracker.update([], 40)[0]).toMatchObject({ state: "new", observation: null });
  expect(tracker.update([], 300)[0]!.state).toBe("removed");
});

test("of two boxes on one new face one becomes a track", () => {
  const tracker = createTracker();
  expect(tracker.update([seen(100, 200), seen(104, 203, { side: 80, score: 0.6 })], 0)).toHaveLength(1);
});

test("after a hard cut another person at the same place is another track, told or not", () => {
  for (const told of [true, false]) {
    const tracker = createTracker();
    const random = createRandom(6);
    const [anna, bela] = [face(1), face(2)];
    for (let i = 0; i < 10; i++) tracker.update([seen(100, 200, { embedding: look(anna, { random }) })], i * MS);
    const after = tracker.update([seen(103, 198, { embedding: look(bela, { random }) })], 10 * MS, { cut: told });
    expect(ids(after)).toEqual([1]);
    expect(after.find(({ id }) => id === 0)!.state).toBe("lost");
    // And back: by her looks she is who she was.
    expect(ids(tracker.update([seen(500, 90, { embedding: look(anna, { random }) })], 11 * MS, { cut: true }))).toEqual(
      [0],
    );
  }
});

test("told of a cut, a face without an embedding continues nobody", () => {
  const tracker = createTracker();
  for (let i = 0; i < 5; i++) tracker.update([seen(100, 200)], i * MS);
  expect(ids(tracker.update([seen(100, 200)], 5 * MS, { cut: true }))).toEqual([1]);
});

test("smears, which resemble one another whosever they are, veto nothing and teach nothing", () => {
  const tracker = createTracker();
  const random = createRandom(7);
  const [anna, smear] = [face(1), face(99)];
  for (let i = 0; i < 5; i++) tracker.update([seen(100, 200, { embedding: look(anna, { random }) })], i * MS);
  for (let i = 5; i < 15; i++) {
    const tracks = tracker.update([seen(100, 200, { embedding: smear, quality: 0.1 })], i * MS);
    expect(ids(tracks)).toEqual([0]);
    expect(tracks[0]!.template!.views).toHaveLength(1);
  }
});

test("where two faces swap places behind a pillar, their looks tell them apart", () => {
  const tracker = createTracker();
  const random = createRandom(8);
  const [anna, bela] = [face(1), face(2)];
  const of = (person: Float32Array, x: number): Observation =>
    seen(x, 200, { embedding: look(person, { random, noise: 0.7 }) });
  for (let i = 0; i < 10; i++) tracker.update([of(anna, 100), of(bela, 300)], i * MS);
  for (let i = 10; i < 25; i++) tracker.update([], i * MS);
  const after = tracker.update([of(bela, 105), of(anna, 295)], 25 * MS);
  expect(trackOf(after, 0).id).toBe(1);
  expect(trackOf(after, 1).id).toBe(0);
});

test("the same frames give the same tracks, and no snapshot changes afterwards", () => {
  const run = (): string => {
    const tracker = createTracker();
    const random = createRandom(9);
    const frames = Array.from({ length: 50 }, (_, i) =>
      [face(1), face(2), face(3)].map((person, k) =>
        seen(100 + 150 * k + 3 * i * random.uniform(), 200, { embedding: look(person, { random }) }),
      ),
    );
    const answers = frames.map((frame, i) => tracker.update(frame, i * MS));
    const first = JSON.stringify(answers[3]);
    expect(JSON.stringify(answers[3])).toBe(first);
    return JSON.stringify(answers);
  };
  expect(run()).toBe(run());
});

test("boxes without area, time that runs backwards and embeddings of two lengths are refused", () => {
  const tracker = createTracker();
  tracker.update([seen(1, 1, { embedding: face(1) })], 100);
  expect(() => tracker.update([seen(1, 1)], 99)).toThrow("100 ms or later, got 99");
  expect(() => tracker.update([{ box: [0, 0, 0, 5], score: 1 }], 200)).toThrow("sides above 0");
  expect(() => tracker.update([seen(1, 1, { embedding: new Float32Array(3) })], 200)).toThrow("64 numbers, got 3");
});
