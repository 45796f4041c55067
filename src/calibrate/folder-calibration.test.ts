import { expect, test } from "vitest";
import { thresholdAtFar } from "../metrics/roc.ts";
import { createRandom } from "../tensor/random.ts";
import { dot, l2Normalize } from "../tensor/vector.ts";
import { calibrateFolder, RESOLUTION } from "./folder-calibration.ts";

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
test.each([7, 64, 65, 127, 131, 200])("calibrateFolder agrees with scoring every pair of %i images", async (count) => {
  const set = faces(count);
  const { genuine, impostor } = bruteForce(set);
  const rates = [0.3, 0.1, 0.01, 0.001];
  const result = await calibrateFolder(set, { rates });
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
    expect([share(impostor), share(genuine)]).toBeCloseToTensor([measuredRate, tar!.value], { atol: 1e-12 });
  }
});

test("people with one image each have thresholds but no TAR", async () => {
  const { embeddings } = faces(60);
  const labels = embeddings.map((_, i) => i);
  const { thresholds, people, genuinePairs } = await calibrateFolder({ embeddings, labels }, { rates: [0.01] });
  expect({ people, genuinePairs, tar: thresholds[0]!.tar }).toEqual({ people: 60, genuinePairs: 0, tar: null });
});

test("identical and opposite faces fall into the histogram's last and first bin", async () => {
  const x = l2Normalize(Float32Array.of(1, 1, 1));
  const set = { embeddings: [x, x, x.map((v) => -v)], labels: ["a", "b", "c"] };
  const { thresholds } = await calibrateFolder(set, { rates: [0.5] });
  expect(thresholds[0]).toMatchObject({ measuredRate: 1 / 3 });
});

test("a cancelled measurement stops between blocks", async () => {
  const stop = new AbortController();
  const onProgress = () => stop.abort();
  await expect(calibrateFolder(faces(200), { signal: stop.signal, onProgress })).rejects.toThrow(
    expect.objectContaining({ code: "CANCELLED" }),
  );
});

test("intervals hold the threshold, and narrow where there are more people", async () => {
  const width = async (count: number) => {
    const { thresholds } = await calibrateFolder(faces(count), { rates: [0.05] });
    const [{ interval, threshold, tar }] = thresholds as [(typeof thresholds)[number]];
    expect(interval[0]).toBeLessThan(threshold);
    expect(interval[1]).toBeGreaterThan(threshold);
    expect(tar!.low).toBeLessThanOrEqual(tar!.value);
    expect(tar!.high).toBeGreaterThanOrEqual(tar!.value);
    return interval[1] - interval[0];
  };
  expect(await width(600)).toBeLessThan(await width(60));
});

test("intervals hold the threshold of all people like these in about 95 of 100 sets", async () => {
  const random = createRandom(11);
  // People are directions at random, leaning more or less to one side: some are like many others. The threshold of all such
  // people, by NumPy from 3.6 million pairs: 0.6099 ± 0.0002.
  const truth = 0.6099;
  const direction = () => l2Normalize(Float32Array.from({ length: 24 }, () => random.normal()));
  const leaning = () => {
    const [lean, person] = [1.2 * random.uniform(), direction()];
    return l2Normalize(person.map((x, i) => (i === 0 ? x + lean : x)));
  };
  let held = 0;
  const sets = 100;
  for (let seed = 0; seed < sets; seed++) {
    const people = Array.from({ length: 60 }, leaning);
    const labels = Array.from({ length: 120 }, (_, i) => Math.floor(i / 2));
    const embeddings = labels.map((person) => {
      const noise = direction();
      return l2Normalize(people[person]!.map((x, i) => x + 0.4 * noise[i]!));
    });
    const { thresholds } = await calibrateFolder({ embeddings, labels }, { rates: [0.02], draws: 200, seed });
    const [low, high] = thresholds[0]!.interval;
    if (low <= truth && truth <= high) held++;
  }
  // 95 of 100 show less than 89 once in 200, and all 100 once in 170.
  expect(held).toBeGreaterThanOrEqual(89);
  expect(held).toBeLessThan(100);
}, 60_000);

test("probabilities are fitted on one half of the people and checked on the other", async () => {
  const { probability, people } = await calibrateFolder(faces(300));
  expect(probability!.fittedOn + probability!.checkedOn).toBe(people);
  expect(probability!.reliability.error).toBeLessThan(0.05);
  expect((await calibrateFolder(faces(12))).probability).toBeNull();
});

test("one person under two names is the likest pair of two people", async () => {
  const { embeddings, labels } = faces(90);
  const { likest } = await calibrateFolder({
    embeddings: [...embeddings, embeddings[40]!],
    labels: [...labels, "somebody"],
  });
  expect(likest[0]).toMatchObject({ a: 40, b: 90, similarity: expect.closeTo(1, 6) });
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
])("calibrateFolder refuses %s", async (_, wrong, options, message) => {
  await expect(calibrateFolder({ ...set, ...wrong }, options)).rejects.toThrow(
    expect.objectContaining({ code: "INVALID_ARGUMENT", message: expect.stringContaining(message) }),
  );
});
