import fc from "fast-check";
import { expect, test } from "vitest";
import { dot } from "../tensor/vector.ts";
import { groupFaces } from "./cluster.ts";
import { nearby, randomEmbedding, seeded } from "./testing/embeddings.ts";

/** `nearby` with noise 0.7 gives pairs of one person a cosine of about 0.67; strangers have 0 ± 0.044. */
const THRESHOLD = 0.35;

/** Faces of `people` people in a random order, with whose they are. */
function planted(people: number, each: number, seed: number, noise = 0.7): { faces: Float32Array[]; who: number[] } {
  const random = seeded(seed);
  const all = Array.from({ length: people * each }, (_, i) => ({
    who: i % people,
    face: nearby(randomEmbedding(seed + (i % people)), noise, seed + 1000 + i),
    key: random(),
  })).sort((a, b) => a.key - b.key);
  return { faces: all.map((f) => f.face), who: all.map((f) => f.who) };
}

/** The same grouping with groups numbered in order of their first face. */
function canonical(groups: readonly number[]): number[] {
  const order = [...new Set(groups)];
  return groups.map((group) => order.indexOf(group));
}

/** The definition, word by word, in O(n⁵). */
function slowGroups(faces: Float32Array[], threshold: number, photos?: readonly (number | null)[]): number[] {
  let groups = faces.map((_, i) => [i]);
  for (;;) {
    let best: { a: number[]; b: number[]; mean: number } | null = null;
    for (const a of groups) {
      for (const b of groups) {
        if (a === b) continue;
        const pairs = a.flatMap((i) => b.map((j) => [i, j] as const));
        if (photos && pairs.some(([i, j]) => photos[i] !== null && photos[i] === photos[j])) continue;
        const mean = pairs.reduce((sum, [i, j]) => sum + dot(faces[i]!, faces[j]!), 0) / pairs.length;
        if (mean >= threshold && mean > (best?.mean ?? -2)) best = { a, b, mean };
      }
    }
    if (!best) break;
    const { a, b } = best;
    groups = [...groups.filter((g) => g !== a && g !== b), [...a, ...b]];
  }
  return canonical(faces.map((_, i) => groups.findIndex((g) => g.includes(i))));
}

test.each([1, 2, 3])("planted people are found, seed %i", (seed) => {
  const { faces, who } = planted(12, 9, seed * 5000);
  expect(groupFaces(faces, { threshold: THRESHOLD })).toEqual(canonical(who));
});

test("two faces of one photo are never one person, however alike", () => {
  const ada = randomEmbedding(1);
  const faces = [ada, nearby(ada, 0.1, 2), nearby(ada, 0.2, 3)];
  expect(groupFaces(faces, { threshold: THRESHOLD })).toEqual([0, 0, 0]);
  expect(groupFaces(faces, { threshold: THRESHOLD, photos: ["a.jpg", "a.jpg", "b.jpg"] })).toEqual([0, 1, 0]);
  expect(groupFaces(faces, { threshold: THRESHOLD, photos: [null, null, "b.jpg"] })).toEqual([0, 0, 0]);
});

/** Few dimensions, so that groups are near one another and merges compete. */
const smallFaces = fc.integer({ min: 0, max: 1e6 }).chain((seed) =>
  fc.record({
    faces: fc
      .integer({ min: 1, max: 14 })
      .map((n) => Array.from({ length: n }, (_, i) => randomEmbedding(seed + i, 4))),
    threshold: fc.double({ min: -0.9, max: 0.95, noNaN: true }),
    photoCount: fc.integer({ min: 2, max: 20 }),
  }),
);
const photosOf = (faces: readonly unknown[], count: number) =>
  faces.map((_, i) => ((i * 7) % count === 0 ? null : i % count));

test("groups are those of merging the most similar pair of groups first", () => {
  fc.assert(
    fc.property(smallFaces, ({ faces, threshold, photoCount }) => {
      const photos = photosOf(faces, photoCount);
      expect(groupFaces(faces, { threshold, photos })).toEqual(slowGroups(faces, threshold, photos));
      expect(groupFaces(faces, { threshold })).toEqual(slowGroups(faces, threshold));
    }),
    { seed: 1, numRuns: 150 },
  );
});

test("the order of the faces does not matter, nor their scale", () => {
  const ordered = smallFaces.chain((given) =>
    fc.record({
      given: fc.constant(given),
      order: fc.shuffledSubarray([...given.faces.keys()], { minLength: given.faces.length }),
    }),
  );
  fc.assert(
    fc.property(ordered, ({ given: { faces, threshold, photoCount }, order }) => {
      const photos = photosOf(faces, photoCount);
      const groups = groupFaces(faces, { threshold, photos });
      const shuffled = order.map((i) => faces[i]!.map((x) => x * (i + 1)));
      const answer = groupFaces(shuffled, { threshold, photos: order.map((i) => photos[i]!) });
      expect(answer).toEqual(canonical(order.map((i) => groups[i]!)));
    }),
    { seed: 2, numRuns: 300 },
  );
});

test("no photo is in a group twice, and groups are numbered in order of their first face", () => {
  fc.assert(
    fc.property(smallFaces, ({ faces, threshold, photoCount }) => {
      const photos = photosOf(faces, photoCount);
      const groups = groupFaces(faces, { threshold, photos });
      const seen = groups.map((group, i) => `${group} ${photos[i] ?? `alone ${i}`}`);
      expect(new Set(seen).size).toBe(faces.length);
      expect(groups).toEqual(canonical(groups));
    }),
    { seed: 3, numRuns: 200 },
  );
});

test("a higher threshold only splits groups", () => {
  fc.assert(
    fc.property(smallFaces, fc.double({ min: 0, max: 0.5, noNaN: true }), ({ faces, threshold }, more) => {
      const coarse = groupFaces(faces, { threshold });
      const fine = groupFaces(faces, { threshold: Math.min(1, threshold + more) });
      const pairs = new Set(fine.map((group, i) => `${group} ${coarse[i]}`));
      expect(pairs.size).toBe(new Set(fine).size);
    }),
    { seed: 4, numRuns: 200 },
  );
});

test("many copies of a few faces end in as many groups, photos or not", () => {
  const kinds = [1, 2, 3].map((seed) => randomEmbedding(seed));
  const faces = Array.from({ length: 300 }, (_, i) => kinds[(i * i) % 3]!);
  expect(new Set(groupFaces(faces, { threshold: 0.5 })).size).toBe(2);
  const photos = faces.map((_, i) => i % 100);
  const groups = groupFaces(faces, { threshold: 0.5, photos });
  expect(new Set(groups.map((group, i) => `${group} ${photos[i]}`)).size).toBe(300);
});

test("no faces are no groups, and one is one", () => {
  expect(groupFaces([], { threshold: 0.5 })).toEqual([]);
  expect(groupFaces([randomEmbedding(1)], { threshold: 0.5 })).toEqual([0]);
});

test.each([
  ["a threshold of NaN", "INVALID_ARGUMENT", () => groupFaces([], { threshold: Number.NaN }), "−1…1"],
  [
    "lengths mixed",
    "INVALID_ARGUMENT",
    () => groupFaces([randomEmbedding(1), randomEmbedding(1, 8)], { threshold: 0 }),
    "512 numbers, got 8",
  ],
  ["zeros", "INVALID_ARGUMENT", () => groupFaces([new Float32Array(4)], { threshold: 0 }), "zeros only"],
  [
    "too few photos",
    "INVALID_ARGUMENT",
    () => groupFaces([randomEmbedding(1)], { threshold: 0, photos: [] }),
    "a photo for each of 1 faces, got 0",
  ],
  [
    "too many faces",
    "TOO_LARGE",
    () => groupFaces(Array(5001).fill(randomEmbedding(1)), { threshold: 0 }),
    "at most 5000 faces, got 5001",
  ],
])("%s: %s", (_, code, call, message) => {
  expect(call).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) }));
});
