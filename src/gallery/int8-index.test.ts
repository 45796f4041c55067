import fc from "fast-check";
import { expect, test } from "vitest";
import { createExactIndex, type IndexedTemplate } from "./exact-index.ts";
import { createInt8Index, type Int8Index } from "./int8-index.ts";
import { nearby, randomEmbedding, seeded } from "./testing/embeddings.ts";

/** An index, and the templates' own embeddings, which may be taken away behind its back. */
function indexOf(dimension: number, maxPages?: number): { index: Int8Index; kept: Map<number, Float32Array> } {
  const kept = new Map<number, Float32Array>();
  const index = createInt8Index(
    dimension,
    async (ids) => ids.map((id) => kept.get(id) ?? null),
    maxPages === undefined ? {} : { maxPages },
  );
  const add = index.add.bind(index);
  const remember: Int8Index["add"] = async (templates) => {
    await add(templates);
    for (const { id, embedding } of templates) kept.set(id, embedding);
  };
  return { index: Object.assign(index, { add: remember }), kept };
}

function exactly(dimension: number, templates: readonly IndexedTemplate[]): ReturnType<typeof createExactIndex> {
  const index = createExactIndex(dimension);
  index.add(templates);
  return index;
}

/** Few different numbers, so that ties and copies are many; some far too small for int8 to tell apart. */
const embeddings = (dimension: number) =>
  fc
    .array(fc.oneof(fc.constantFrom(0, 0, 1, -1, 0.5, 1e-4, 1e-9, 300), fc.float({ min: -1, max: 1, noNaN: true })), {
      minLength: dimension,
      maxLength: dimension,
    })
    .map((values) => Float32Array.from(values))
    .filter((embedding) => embedding.some((value) => value ** 2 > 1e-30));

const cases = fc.integer({ min: 1, max: 9 }).chain((dimension) =>
  fc.record({
    dimension: fc.constant(dimension),
    templates: fc.array(fc.record({ embedding: embeddings(dimension), personId: fc.integer({ min: 1, max: 12 }) }), {
      maxLength: 150,
    }),
    probes: fc.array(fc.record({ embedding: embeddings(dimension), limit: fc.integer({ min: 1, max: 20 }) }), {
      minLength: 1,
      maxLength: 5,
    }),
    gone: fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 6 }),
  }),
);

test("whoever is asked about, one by one or together, the answer is the exact index's, to the bit (200 cases)", async () => {
  await fc.assert(
    fc.asyncProperty(cases, async ({ dimension, templates, probes, gone }) => {
      const numbered = templates.map((template, i) => ({ id: i + 1, ...template }));
      const { index } = indexOf(dimension);
      await index.add(numbered);
      const before = exactly(dimension, numbered);
      const together = await Promise.all(probes.map(({ embedding, limit }) => index.search(embedding, { limit })));
      expect(together).toEqual(probes.map(({ embedding, limit }) => before.search(embedding, { limit })));

      await index.keepPeople((personId) => !gone.includes(personId));
      const left = exactly(
        dimension,
        numbered.filter(({ personId }) => !gone.includes(personId)),
      );
      expect(index.size).toBe(left.size);
      for (const { embedding, limit } of probes) {
        expect(await index.search(embedding, { limit })).toEqual(left.search(embedding, { limit }));
      }
    }),
    { seed: 7, numRuns: 200 },
  );
});

// Two blocks a segment at 9 pages and 16 numbers: 21,000 are three segments, the last one's last block not full.
test("21,000 templates in three segments are answered as exactly", async () => {
  const random = seeded(5);
  const templates = Array.from({ length: 21_000 }, (_, i) => ({
    id: i + 1,
    personId: 1 + Math.floor(random() * 9000),
    embedding: randomEmbedding(i, 16),
  }));
  const { index } = indexOf(16, 9);
  await index.add(templates.slice(0, 5));
  await index.add(templates.slice(5));
  const exact = exactly(16, templates);
  const probes = Array.from({ length: 301 }, (_, i) =>
    i % 2 === 0 ? randomEmbedding(-1 - i, 16) : nearby(templates[i * 60]!.embedding, 0.3, -1 - i),
  );
  const answers = await Promise.all(probes.map((probe, i) => index.search(probe, { limit: 1 + (i % 11) })));
  expect(answers).toEqual(probes.map((probe, i) => exact.search(probe, { limit: 1 + (i % 11) })));
  expect(await index.search(probes[0]!, { limit: 20_000 })).toEqual(exact.search(probes[0]!, { limit: 20_000 }));
});

test("a place of somebody who is gone is taken again", async () => {
  const { index } = indexOf(32);
  const first = Array.from({ length: 40 }, (_, i) => ({
    id: i + 1,
    personId: i % 4,
    embedding: randomEmbedding(i, 32),
  }));
  await index.add(first);
  await index.keepPeople((personId) => personId % 2 === 0);
  const next = Array.from({ length: 30 }, (_, i) => ({ id: 100 + i, personId: 9, embedding: randomEmbedding(-i, 32) }));
  await index.add(next);
  expect(index.size).toBe(50);
  const exact = exactly(32, [...first.filter(({ personId }) => personId % 2 === 0), ...next]);
  for (let i = 0; i < 20; i++)
    expect(await index.search(randomEmbedding(i, 32))).toEqual(exact.search(randomEmbedding(i, 32)));
});

test("a template that is gone elsewhere leaves its place to the next", async () => {
  const { index, kept } = indexOf(64);
  const templates = Array.from({ length: 300 }, (_, i) => ({
    id: i + 1,
    personId: i,
    embedding: randomEmbedding(i, 64),
  }));
  await index.add(templates);
  const probe = nearby(templates[7]!.embedding, 0.2, 1);
  expect((await index.search(probe, { limit: 1 }))[0]).toMatchObject({ templateId: 8 });
  kept.delete(8);
  const exact = exactly(
    64,
    templates.filter(({ id }) => id !== 8),
  );
  expect(await index.search(probe, { limit: 3 })).toEqual(exact.search(probe, { limit: 3 }));
  expect(index.size).toBe(299);
});

test("a search may be cancelled while it waits, and the others are answered", async () => {
  const { index } = indexOf(8);
  await index.add([{ id: 1, personId: 1, embedding: randomEmbedding(1, 8) }]);
  const controller = new AbortController();
  const unwanted = index.search(randomEmbedding(2, 8), { signal: controller.signal });
  const wanted = index.search(randomEmbedding(1, 8));
  controller.abort();
  await expect(unwanted).rejects.toMatchObject({ code: "CANCELLED" });
  expect(await wanted).toHaveLength(1);
  await expect(index.search(randomEmbedding(2, 8), { signal: controller.signal })).rejects.toMatchObject({
    code: "CANCELLED",
  });
});

test("what cannot be compared is refused, and nothing is added beside it", async () => {
  const { index } = indexOf(8);
  const fine = { id: 1, personId: 1, embedding: randomEmbedding(1, 8) };
  for (const [embedding, message] of [
    [new Float32Array(8), "zeros only"],
    [randomEmbedding(1, 8).fill(Number.NaN, 3, 4), "NaN at 3"],
    [randomEmbedding(1, 9), "8 numbers, got 9"],
  ] as const) {
    const error = expect.objectContaining({ code: "INVALID_ARGUMENT", message: expect.stringContaining(message) });
    await expect(index.add([fine, { ...fine, id: 2, embedding }])).rejects.toThrow(error);
    await expect(index.search(embedding)).rejects.toThrow(error);
  }
  expect(index.size).toBe(0);
  await expect(index.search(fine.embedding, { limit: 0 })).rejects.toThrow("a limit of 1 or more");
  await index[Symbol.asyncDispose]();
  await expect(index.search(fine.embedding)).rejects.toMatchObject({ code: "CLOSED" });
});
