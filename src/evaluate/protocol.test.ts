import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import type { PairSet } from "../data/pair-set.ts";
import type { ArcfaceError } from "../errors.ts";
import { kFoldAccuracy } from "../metrics/verification.ts";
import type { Embed } from "./embed-all.ts";
import { memoryEmbeddingCache } from "./embedding-cache.ts";
import { evaluatePairs, toReport } from "./protocol.ts";

/** 40 people with two images each, in 4 folds: each person's pair, and a pair with the next person. */
const PEOPLE = 40;
const pairSet: PairSet = {
  name: "made up",
  images: Array.from({ length: 2 * PEOPLE }, (_, i) => `${i >> 1}/${i & 1}.jpg`),
  pairs: Array.from({ length: PEOPLE }, (_, person) => [
    { a: 2 * person, b: 2 * person + 1, same: true, fold: person % 4 },
    { a: 2 * person, b: (2 * person + 3) % (2 * PEOPLE), same: false, fold: person % 4 },
  ]).flat(),
};

/** Unnormalised, on purpose: a direction of the person's own, and a little of the image's. */
const embed: Embed = async (image) => {
  const [person, photo] = image.split(/[/.]/).map(Number) as [number, number];
  const embedding = new Float32Array(PEOPLE + 2).fill(0.1);
  embedding[person] = 3;
  embedding[PEOPLE + photo] = 1;
  return { embedding, missed: false };
};

test("evaluatePairs measures a perfect embedding as perfect", async () => {
  const evaluation = await evaluatePairs({ pairSet, embed });
  expect(toReport(evaluation)).toEqual({
    accuracy: 1,
    std: 0,
    threshold: expect.closeTo(0.85, 0), // between the two kinds of score
    tarAtFar: { "1e-2": null, "1e-3": null }, // 40 impostor pairs cannot tell
    missed: 0,
    images: 80,
    pairs: 80,
    seconds: expect.any(Number),
  });
  expect(evaluation.eer).toBe(0);
  expect(evaluation.folds).toHaveLength(4);
});

test("scores are cosines of the embeddings, whatever their lengths", async () => {
  const { scores } = await evaluatePairs({ pairSet, embed });
  // 3² + 2·0.1·1 + 39·0.01 over 3² + 1 + 40·0.01; and 2·3·0.1 + 2·0.1 + 38·0.01 for two people.
  expect(scores.slice(0, 2)).toBeCloseToTensor([9.59 / 10.4, 1.18 / 10.4], { atol: 1e-6 });
});

test("a missed face makes its pairs different, and is counted", async () => {
  const missing: Embed = async (image, signal) =>
    image === "0/1.jpg" ? { embedding: new Float32Array(), missed: true } : await embed(image, signal);
  const evaluation = await evaluatePairs({ pairSet, embed: missing });
  expect(evaluation.missed).toBe(1);
  expect(evaluation.scores[0]).toBe(-1);
  expect(evaluation.accuracy).toBeCloseTo(79 / 80, 12);
});

test("the order in which embeddings finish does not matter, and no more than asked run at once", async () => {
  let running = 0;
  let most = 0;
  const slow: Embed = async (image, signal) => {
    most = Math.max(most, ++running);
    await sleep(image.charCodeAt(0) % 5);
    running--;
    return await embed(image, signal);
  };
  const one = await evaluatePairs({ pairSet, embed });
  const four = await evaluatePairs({ pairSet, embed: slow, concurrency: 4 });
  expect(four.scores).toEqual(one.scores);
  expect(most).toBe(4);
});

test("progress tells each image once", async () => {
  const seen: number[] = [];
  const onProgress = ({ done, total }: { done: number; total: number }) => void seen.push(done / total);
  await evaluatePairs({ pairSet, embed, onProgress });
  expect(seen).toEqual(Array.from({ length: 80 }, (_, i) => (i + 1) / 80));
});

test("a cancelled run continues from its cache and gives the same answer", async () => {
  const cache = memoryEmbeddingCache();
  const stop = new AbortController();
  let calls = 0;
  const counted: Embed = async (image, signal) => {
    calls++;
    return await embed(image, signal);
  };
  const onProgress = ({ done }: { done: number }) => {
    if (done === 30) stop.abort();
  };
  const first = evaluatePairs({ pairSet, embed: counted, cache, onProgress, signal: stop.signal });
  await expect(first).rejects.toThrow(expect.objectContaining({ code: "CANCELLED" }));
  expect(calls).toBeLessThan(35);
  const second = await evaluatePairs({ pairSet, embed: counted, cache });
  expect(second.fromCache).toBeGreaterThanOrEqual(30);
  expect(calls).toBe(80);
  expect(second.scores).toEqual((await evaluatePairs({ pairSet, embed })).scores);
});

test("cancelling reaches the embedding under way, whose own complaint is not the error", async () => {
  const stop = new AbortController();
  const waiting: Embed = async (_, signal) => {
    await sleep(60_000, undefined, { signal });
    throw new Error("not reached");
  };
  const run = evaluatePairs({ pairSet, embed: waiting, signal: stop.signal });
  setTimeout(() => stop.abort(), 5);
  await expect(run).rejects.toThrow(expect.objectContaining({ code: "CANCELLED" }));
  await expect(evaluatePairs({ pairSet, embed, signal: stop.signal })).rejects.toThrow("cancelled");
});

test("the first error stops the run and is the one thrown", async () => {
  let calls = 0;
  const failing: Embed = async (image, signal) => {
    calls++;
    if (image === "3/0.jpg") throw new Error("unreadable");
    await sleep(2, undefined, { signal });
    return await embed(image, signal);
  };
  await expect(evaluatePairs({ pairSet, embed: failing })).rejects.toThrow("unreadable");
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
])("evaluatePairs refuses embeddings of %s", async (_, bad, message) => {
  await expect(evaluatePairs({ pairSet, embed: bad })).rejects.toThrow(
    expect.objectContaining({ code: "MODEL_MISMATCH", message: expect.stringContaining(message) }),
  );
});

test.each<[string, object, string]>([
  [
    "one fold",
    { pairSet: { ...pairSet, pairs: pairSet.pairs.map((pair) => ({ ...pair, fold: 0 })) } },
    "at least two folds",
  ],
  [
    "an image that is not there",
    { pairSet: { ...pairSet, images: pairSet.images.slice(1) } },
    "expected images 0 to 78",
  ],
  [
    "genuine pairs only",
    { pairSet: { ...pairSet, pairs: pairSet.pairs.filter(({ same }) => same) } },
    "pairs of one person and of two",
  ],
  ["no concurrency", { concurrency: 0 }, "a concurrency of 1 or more, got 0"],
])("evaluatePairs refuses %s before anything is embedded", async (_, options, message) => {
  const never: Embed = () => {
    throw new Error("embedded");
  };
  const error: ArcfaceError = await evaluatePairs({ pairSet, embed: never, ...options }).catch((e) => e);
  expect(error.code).toBe("INVALID_ARGUMENT");
  expect(error.message).toContain(message);
});

test("accuracy is kFoldAccuracy's over the scores", async () => {
  const { scores, accuracy, std, threshold } = await evaluatePairs({ pairSet, embed });
  const same = pairSet.pairs.map((pair) => pair.same);
  const fold = pairSet.pairs.map((pair) => pair.fold);
  expect(kFoldAccuracy({ scores, same, fold })).toMatchObject({ accuracy, std, threshold });
});
