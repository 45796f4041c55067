import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { type Embed, embedAll } from "./embed-all.ts";
import { memoryEmbeddingCache } from "./embedding-cache.ts";

const images = Array.from({ length: 80 }, (_, i) => `${i >> 1}/${i & 1}.jpg`);

/** Unnormalised, on purpose: a direction of the person's own, and a little of the image's. */
const embed: Embed = async (image) => {
  const [person, photo] = image.split(/[/.]/).map(Number) as [number, number];
  const embedding = new Float32Array(42).fill(0.1);
  embedding[person] = 3;
  embedding[40 + photo] = 1;
  return { embedding, missed: false };
};

test("embeddings are L2-normalised, or left as they are", async () => {
  const { embeddings } = await embedAll(images, { embed });
  expect(embeddings[7]!.reduce((sum, x) => sum + x * x, 0)).toBeCloseTo(1, 6);
  const raw = await embedAll(images, { embed, raw: true });
  expect(raw.embeddings[7]![3]).toBe(3);
});

test("an image is told by its place too, and a missed one is null", async () => {
  const missing: Embed = async (image, signal, index) =>
    index === 5 ? { embedding: new Float32Array(), missed: true } : await embed(image, signal, index);
  const { embeddings } = await embedAll(images, { embed: missing });
  expect(embeddings.flatMap((embedding, i) => (embedding ? [] : [i]))).toEqual([5]);
});

test("the order in which embeddings finish does not matter, and no more than asked run at once", async () => {
  let running = 0;
  let most = 0;
  const slow: Embed = async (image, signal) => {
    most = Math.max(most, ++running);
    await sleep(image.charCodeAt(0) % 5);
    running--;
    return await embed(image, signal, 0);
  };
  const one = await embedAll(images, { embed });
  const four = await embedAll(images, { embed: slow, concurrency: 4 });
  expect(four).toEqual(one);
  expect(most).toBe(4);
});

test("progress tells each image once", async () => {
  const seen: number[] = [];
  const onProgress = ({ done, total }: { done: number; total: number }) => void seen.push(done / total);
  await embedAll(images, { embed, onProgress });
  expect(seen).toEqual(Array.from({ length: 80 }, (_, i) => (i + 1) / 80));
});

test("a cancelled run continues from its cache and gives the same answer", async () => {
  const cache = memoryEmbeddingCache();
  const stop = new AbortController();
  let calls = 0;
  const counted: Embed = async (image, signal) => {
    calls++;
    return await embed(image, signal, 0);
  };
  const onProgress = ({ done }: { done: number }) => {
    if (done === 30) stop.abort();
  };
  const first = embedAll(images, { embed: counted, cache, onProgress, signal: stop.signal });
  await expect(first).rejects.toThrow(expect.objectContaining({ code: "CANCELLED" }));
  expect(calls).toBeLessThan(35);
  const second = await embedAll(images, { embed: counted, cache });
  expect(second.fromCache).toBeGreaterThanOrEqual(30);
  expect(calls).toBe(80);
  expect(second.embeddings).toEqual((await embedAll(images, { embed })).embeddings);
});

test("cancelling reaches the embedding under way, whose own complaint is not the error", async () => {
  const stop = new AbortController();
  const waiting: Embed = async (_, signal) => {
    await sleep(60_000, undefined, { signal });
    throw new Error("not reached");
  };
  const run = embedAll(images, { embed: waiting, signal: stop.signal });
  setTimeout(() => stop.abort(), 5);
  await expect(run).rejects.toThrow(expect.objectContaining({ code: "CANCELLED" }));
  await expect(embedAll(images, { embed, signal: stop.signal })).rejects.toThrow("cancelled");
});

test("the first error stops the run and is the one thrown", async () => {
  let calls = 0;
  const failing: Embed = async (image, signal) => {
    calls++;
    if (image === "3/0.jpg") throw new Error("unreadable");
    await sleep(2, undefined, { signal });
    return await embed(image, signal, 0);
  };
  await expect(embedAll(images, { embed: failing })).rejects.toThrow("unreadable");
  expect(calls).toBeLessThan(12);
});

const wrong = (embedding: (image: string) => Float32Array): Embed => {
  return async (image) => ({ embedding: embedding(image), missed: false });
};

test.each<[string, Embed, string]>([
  ["NaN", wrong(() => new Float32Array([1, Number.NaN])), "expected finite numbers, got NaN"],
  ["an infinity", wrong(() => new Float32Array([1, -Infinity])), "expected finite numbers, got -Infinity"],
  ["all zeros", wrong(() => new Float32Array(4)), "embedding of 0/0.jpg: expected a direction, got all zeros"],
  ["nothing", wrong(() => new Float32Array()), "expected a direction, got nothing"],
  [
    "other lengths",
    wrong((image) => new Float32Array(image < "2" ? 4 : 5).fill(1)),
    "expected 4 numbers, as of other images, got 5",
  ],
])("embedAll refuses embeddings of %s", async (_, bad, message) => {
  await expect(embedAll(images, { embed: bad })).rejects.toThrow(
    expect.objectContaining({ code: "MODEL_MISMATCH", message: expect.stringContaining(message) }),
  );
});

test("embedAll refuses no concurrency", async () => {
  await expect(embedAll(images, { embed, concurrency: 0 })).rejects.toThrow("a concurrency of 1 or more, got 0");
});
