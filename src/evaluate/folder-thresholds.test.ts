import { expect, test } from "vitest";
import { thresholdAtFar } from "../metrics/roc.ts";
import { dot, l2Normalize } from "../tensor/vector.ts";
import { folderThresholds, RESOLUTION } from "./folder-thresholds.ts";

/** A small generator with a seed (mulberry32): numbers in [0, 1). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `count` images of people who have up to three each, near a direction of their own. */
function faces(count: number, size = 24) {
  const random = seeded(5);
  const vector = () => Float32Array.from({ length: size }, () => random() + random() + random() - 1.5);
  const labels = Array.from({ length: count }, (_, i) => `person ${Math.floor(i / 3)}`);
  const centres = new Map(labels.map((label) => [label, vector()]));
  const embeddings = labels.map((label) => {
    const noise = vector();
    return l2Normalize(centres.get(label)!.map((x, i) => x + 0.5 * noise[i]!));
  });
  return { embeddings, labels };
}

/** Every pair, one after another. */
function bruteForce({ embeddings, labels }: ReturnType<typeof faces>) {
  const genuine: number[] = [];
  const impostor: number[] = [];
  for (let i = 0; i < embeddings.length; i++) {
    for (let j = 0; j < i; j++) {
      (labels[i] === labels[j] ? genuine : impostor).push(dot(embeddings[i]!, embeddings[j]!));
    }
  }
  return { genuine, impostor };
}

// Sizes about the block of 64, odd ones too: the last rows and columns stand alone.
test.each([7, 64, 65, 127, 131, 200])("folderThresholds agrees with scoring every pair of %i images", async (count) => {
  const set = faces(count);
  const { genuine, impostor } = bruteForce(set);
  const rates = [0.3, 0.1, 0.01, 0.001];
  const result = await folderThresholds(set, { rates });
  expect([result.genuinePairs, result.impostorPairs]).toEqual([genuine.length, impostor.length]);
  expect(result.thresholds.map((t) => t.falseAcceptRate)).toEqual(
    rates.filter((rate) => thresholdAtFar(impostor, rate) !== null),
  );
  for (const { falseAcceptRate, threshold, measuredRate, tar } of result.thresholds) {
    const exact = thresholdAtFar(impostor, falseAcceptRate)!;
    // float32 embeddings' products in float64 on both sides: 1e-9 for the order of sums.
    expect(threshold).toBeGreaterThanOrEqual(exact - 1e-9);
    expect(threshold).toBeLessThanOrEqual(exact + RESOLUTION + 1e-9);
    const share = (scores: number[]) => scores.filter((score) => score >= threshold).length / scores.length;
    expect(measuredRate).toBeLessThanOrEqual(falseAcceptRate);
    expect([share(impostor), share(genuine)]).toBeCloseToTensor([measuredRate, tar!], { atol: 1e-12 });
  }
});

test("people with one image each have thresholds but no TAR", async () => {
  const { embeddings } = faces(60);
  const labels = embeddings.map((_, i) => i);
  const { thresholds, people, genuinePairs } = await folderThresholds({ embeddings, labels }, { rates: [0.01] });
  expect({ people, genuinePairs, tar: thresholds[0]!.tar }).toEqual({ people: 60, genuinePairs: 0, tar: null });
});

test("identical and opposite faces fall into the histogram's last and first bin", async () => {
  const x = l2Normalize(Float32Array.of(1, 1, 1));
  const set = { embeddings: [x, x, x.map((v) => -v)], labels: ["a", "b", "c"] };
  const { thresholds } = await folderThresholds(set, { rates: [0.5] });
  expect(thresholds[0]).toMatchObject({ measuredRate: 1 / 3 });
});

test("a cancelled measurement stops between blocks", async () => {
  const stop = new AbortController();
  const onProgress = () => stop.abort();
  await expect(folderThresholds(faces(200), { signal: stop.signal, onProgress })).rejects.toThrow(
    expect.objectContaining({ code: "CANCELLED" }),
  );
});

const set = faces(6);
test.each<[string, Partial<typeof set>, { rates?: number[] }, string]>([
  ["one person", { labels: Array(6).fill("Ann") }, {}, "images of two people or more, got 1"],
  ["nobody", { embeddings: [], labels: [] }, {}, "images of two people or more, got 0"],
  ["a label too few", { labels: set.labels.slice(1) }, {}, "6 labels, one an embedding, got 5"],
  [
    "raw embeddings",
    { embeddings: set.embeddings.map((x) => x.map((v) => 9 * v)) },
    {},
    "L2-normalised embeddings, got a norm of 9",
  ],
  [
    "NaN",
    { embeddings: set.embeddings.map((x) => x.map(() => Number.NaN)) },
    {},
    "L2-normalised embeddings, got a norm of NaN in 0",
  ],
  [
    "other lengths",
    { embeddings: [...set.embeddings.slice(1), l2Normalize(Float32Array.of(1))] },
    {},
    "embeddings of 24 numbers, got 1 in 5",
  ],
  ["a rate above 1", {}, { rates: [0.1, 3] }, "rates between 0 and 1, got 3"],
])("folderThresholds refuses %s", async (_, wrong, options, message) => {
  await expect(folderThresholds({ ...set, ...wrong }, options)).rejects.toThrow(
    expect.objectContaining({ code: "INVALID_ARGUMENT", message: expect.stringContaining(message) }),
  );
});
