import { expect, test } from "vitest";
import { createExactIndex } from "./exact-index.ts";
import { createInt8Index } from "./int8-index.ts";
import { createScanThreads } from "./scan-threads.node.ts";
import { nearby, randomEmbedding } from "./testing/embeddings.ts";

const DIMENSION = 64;
const templates = Array.from({ length: 20_000 }, (_, i) => ({
  id: i + 1,
  personId: 1 + (i % 7000),
  embedding: randomEmbedding(i, DIMENSION),
}));
const probes = Array.from({ length: 40 }, (_, i) => nearby(templates[i * 499]!.embedding, i % 3, -i));

test("threads answer as the exact index does, one probe at a time and many, also after more were enrolled", async () => {
  await using index = createInt8Index(
    DIMENSION,
    async (ids) => ids.map((id) => templates[id - 1]!.embedding),
    // Three threads' room and two blocks a segment.
    { engine: createScanThreads({ threads: 3 }), maxPages: 30 },
  );
  const exact = createExactIndex(DIMENSION);
  for (const part of [templates.slice(0, 100), templates.slice(100)]) {
    await index.add(part);
    exact.add(part);
    expect(await index.search(probes[0]!, { limit: 7 })).toEqual(exact.search(probes[0]!, { limit: 7 }));
    expect(await Promise.all(probes.map((probe) => index.search(probe)))).toEqual(
      probes.map((probe) => exact.search(probe)),
    );
  }
});

test("cancelled, threads stop, and the next question is answered", async () => {
  await using index = createInt8Index(DIMENSION, async (ids) => ids.map((id) => templates[id - 1]!.embedding), {
    engine: createScanThreads({ threads: 2 }),
  });
  await index.add(templates);
  const controller = new AbortController();
  const unwanted = Promise.allSettled(probes.map((probe) => index.search(probe, { signal: controller.signal })));
  setTimeout(() => controller.abort(), 1);
  for (const { status } of await unwanted) expect(status).toBe("rejected");
  expect(await index.search(templates[5]!.embedding, { limit: 1 })).toMatchObject([{ templateId: 6 }]);
});

test.each([0, 1.5, Number.NaN])("%d threads are refused", (threads) => {
  expect(() => createScanThreads({ threads })).toThrow("search: threads: expected 1 or more");
});
