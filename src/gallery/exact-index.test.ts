import { expect, test } from "vitest";
import { dot } from "../tensor/vector.ts";
import { createExactIndex } from "./exact-index.ts";
import { nearby, randomEmbedding } from "./testing/embeddings.ts";

/** Sums of 512 products of float32 in another order, in float64: far below this. */
const TOLERANCE = { atol: 1e-6 };

const templates = (n: number, dimension: number, people = n) =>
  Array.from({ length: n }, (_, i) => ({
    id: i + 1,
    personId: 100 + (i % people),
    embedding: randomEmbedding(i, dimension),
  }));

// 9,001 is more than two blocks and not a multiple of four; 7 is odd.
test.each([
  [1, 512],
  [9, 7],
  [9001, 32],
])("search finds what a plain scan finds, %i templates of %i", (n, dimension) => {
  const all = templates(n, dimension, 50);
  const index = createExactIndex(dimension);
  index.add(all.slice(0, 5));
  index.add(all.slice(5));
  expect(index.size).toBe(n);
  const probe = randomEmbedding(-1, dimension);
  const byPerson = new Map<number, { templateId: number; similarity: number }>();
  for (const { id, personId, embedding } of all) {
    const similarity = dot(embedding, probe);
    if (similarity > (byPerson.get(personId)?.similarity ?? -2)) byPerson.set(personId, { templateId: id, similarity });
  }
  const wanted = [...byPerson].sort((a, b) => b[1].similarity - a[1].similarity);
  for (const limit of [1, 7, 50, 1000]) {
    const found = index.search(probe, { limit });
    expect(found.map((m) => [m.personId, m.templateId])).toEqual(
      wanted.slice(0, limit).map(([personId, { templateId }]) => [personId, templateId]),
    );
    expect(found.map((m) => m.similarity)).toBeCloseToTensor(
      wanted.slice(0, limit).map(([, { similarity }]) => similarity),
      TOLERANCE,
    );
  }
});

test("a person's similarity is that of their best template", () => {
  const ada = randomEmbedding(1);
  const index = createExactIndex(512);
  index.add([
    { id: 1, personId: 1, embedding: nearby(ada, 2, 5) },
    { id: 2, personId: 1, embedding: nearby(ada, 0.1, 6) },
    { id: 3, personId: 2, embedding: nearby(ada, 1, 7) },
  ]);
  expect(index.search(ada)).toMatchObject([
    { personId: 1, templateId: 2 },
    { personId: 2, templateId: 3 },
  ]);
});

test("only directions count, and a similarity is never beyond 1", () => {
  const index = createExactIndex(512);
  index.add([{ id: 1, personId: 1, embedding: randomEmbedding(3).map((x) => x * 17) }]);
  for (const scale of [1, 1e-3, 400]) {
    const [match] = index.search(randomEmbedding(3).map((x) => x * scale));
    expect(match!.similarity).toBeLessThanOrEqual(1);
    expect([match!.similarity]).toBeCloseToTensor([1], TOLERANCE);
  }
});

test("of equal templates the one with the lower id is named, wherever it stands", () => {
  const index = createExactIndex(512);
  const embedding = randomEmbedding(1);
  index.add([9, 4, 8, 3, 7].map((id) => ({ id, personId: id === 3 || id === 9 ? 1 : 2, embedding })));
  expect(index.search(embedding).map((m) => [m.personId, m.templateId])).toEqual([
    [1, 3],
    [2, 4],
  ]);
});

test("who is not kept is forgotten, and the others are as they were", () => {
  const all = templates(9001, 32, 50);
  const index = createExactIndex(32);
  index.add(all);
  const own = [...index.templates()].map(({ embedding }) => embedding);
  index.keepPeople((personId) => [100, 101, 149].includes(personId));
  const left = createExactIndex(32);
  left.add(all.filter(({ personId }) => [100, 101, 149].includes(personId)));
  expect(index.size).toBe(left.size);
  const probe = randomEmbedding(-1, 32);
  expect(index.search(probe, { limit: 99 })).toEqual(left.search(probe, { limit: 99 }));
  expect([...index.templates()]).toEqual([...left.templates()]);
  expect(own.slice(left.size).every((embedding) => embedding.every((value) => value === 0))).toBe(true);
  index.add(all.slice(0, 3));
  expect(index.size).toBe(left.size + 3);
});

test("an empty index finds nobody", () => {
  expect(createExactIndex(512).search(randomEmbedding(1))).toEqual([]);
});

test.each([
  ["another length", randomEmbedding(1, 128), "512 numbers, got 128"],
  ["NaN", randomEmbedding(1).fill(Number.NaN, 3, 4), "NaN at 3"],
  ["infinity", randomEmbedding(1).fill(Infinity, 511), "Infinity at 511"],
  ["zeros", new Float32Array(512), "zeros only"],
  ["nothing", new Float32Array(0), "an empty one"],
])("an embedding of %s is refused by search and add, and add then adds none", (_, embedding, message) => {
  const index = createExactIndex(512);
  const error = expect.objectContaining({ code: "INVALID_ARGUMENT", message: expect.stringContaining(message) });
  expect(() => index.search(embedding)).toThrow(error);
  expect(() => index.add([...templates(3, 512), { id: 9, personId: 9, embedding }])).toThrow(error);
  expect(index.size).toBe(0);
});

test.each([0, -1, 1.5, Number.NaN])("a limit of %d is refused", (limit) => {
  expect(() => createExactIndex(4).search(randomEmbedding(1, 4), { limit })).toThrow("a limit of 1 or more");
});

test.each([0, 1.5, Number.NaN])("a dimension of %d is refused", (dimension) => {
  expect(() => createExactIndex(dimension)).toThrow("a dimension of 1 or more");
});
