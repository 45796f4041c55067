import { expect, test } from "vitest";
import { Gallery } from "../gallery/gallery.ts";
import { createMemoryStore } from "../gallery/store-memory.ts";
import { createRandom } from "../tensor/random.ts";
import { l2Normalize } from "../tensor/vector.ts";
import type { Cohort } from "./cohort.ts";
import { promisedThreshold } from "./promise.ts";
import { PromiseKeeper } from "./promise-keeper.ts";
import { fitTail, tailRate } from "./tail.ts";

const MODEL = "team/model@0123456789abcdef";

/** People are directions at random; a photograph is its person and some noise. Cosines of strangers: 0 ± 1/√24. */
function world(seed: number, size = 24) {
  const random = createRandom(seed);
  const direction = () => l2Normalize(Float32Array.from({ length: size }, () => random.normal()));
  const photo = (person: Float32Array): Float32Array => {
    const noise = direction();
    return l2Normalize(person.map((x, i) => x + 0.4 * noise[i]!));
  };
  const crowd = (people: number, images: number): Cohort => {
    const whose = Array.from({ length: people * images }, (_, i) => Math.floor(i / images));
    const centres = Array.from({ length: people }, direction);
    return { embeddings: whose.map((p) => photo(centres[p]!)), labels: whose, fingerprint: MODEL };
  };
  return { direction, photo, crowd };
}

async function galleryOf(people: readonly Float32Array[], photo: (p: Float32Array) => Float32Array): Promise<Gallery> {
  const gallery = new Gallery(createMemoryStore(), MODEL);
  for (const [i, person] of people.entries()) await gallery.enrolEmbedding(`person ${i}`, photo(person));
  return gallery;
}

test("of normal scores the tail tells rates far beyond what was seen", () => {
  const random = createRandom(1);
  const best = Float64Array.from({ length: 3000 }, () =>
    Math.max(...Array.from({ length: 20 }, () => 0.1 * random.normal() + 0.05)),
  );
  const tail = fitTail({ best, visitor: Uint32Array.from(best.keys()) }, 0.05)!;
  // Exactly: 1 − Φ(z)^20.
  for (const [z, rate] of [
    [4, 6.3e-4],
    [4.5, 6.8e-5],
  ] as const) {
    const told = tailRate(tail, 0.05 + 0.1 * z);
    // Too high rather than too low, and by less than its own error and a half says.
    expect(Math.log(told.rate / rate)).toBeGreaterThan(-told.logError);
    expect(Math.log(told.rate / rate)).toBeLessThan(0.6 + told.logError);
  }
});

test("repeated visits of one person tell no more than one visitor", () => {
  const best = Float64Array.from({ length: 400 }, (_, i) => 0.2 + (0.3 * ((i * 37) % 400)) / 400);
  const visitor = Uint32Array.from(best.keys());
  const once = fitTail({ best, visitor }, 0)!;
  const again = fitTail(
    { best: Float64Array.from([...best, ...best]), visitor: Uint32Array.from([...visitor, ...visitor]) },
    0,
  )!;
  expect(again.above).toBeCloseTo(once.above, 0);
  expect(again.scale).toBeCloseTo(once.scale, 3);
});

test("in 200 worlds a promise of one in a hundred is kept by 95 percent, and costs little", () => {
  let kept = 0;
  for (let seed = 0; seed < 200; seed++) {
    const random = createRandom(seed);
    const score = () => Math.max(...Array.from({ length: 30 }, () => 0.1 * random.normal()));
    const best = Float64Array.from({ length: 300 }, score);
    const { threshold } = promisedThreshold({ best, visitor: Uint32Array.from(best.keys()) }, 0, { visitors: 100 });
    let named = 0;
    for (let visit = 0; visit < 100; visit++) if (score() >= threshold) named++;
    if (named <= 1) kept++;
    // 1 − Φ(z)^30 = 0.01 at z = 3.40
    expect(threshold).toBeLessThan(0.34 + 0.12);
  }
  // 0.95 shows less than 184 of 200 once in 40.
  expect(kept).toBeGreaterThanOrEqual(184);
});

test("a promise says what it rests on, and that rare rates cannot be told", () => {
  const random = createRandom(3);
  const best = Float64Array.from({ length: 1000 }, () => 0.3 + 0.05 * random.normal());
  const visits = { best, visitor: Uint32Array.from(best.keys()) };
  const [hundred, thousand, tenThousand] = [100, 1000, 10_000].map((n) =>
    promisedThreshold(visits, 0, { visitors: n }),
  );
  expect([hundred, thousand, tenThousand].map((p) => p!.support)).toEqual(["yes", "roughly", "no"]);
  expect(thousand!.threshold).toBeGreaterThan(hundred!.threshold);
  for (const { threshold, interval, expected, measuredOn } of [hundred!, thousand!]) {
    expect(interval[0]).toBeLessThan(interval[1]);
    expect(threshold).toBeGreaterThan(interval[0]);
    expect(expected).toBeLessThan(0.36);
    expect(measuredOn).toBe(1000);
  }
  expect(promisedThreshold(visits, 0, { visitors: 100, confidence: 0.99 }).threshold).toBeGreaterThan(
    hundred!.threshold,
  );
});

test("a keeper follows its gallery, and answers as one that sees it anew", async () => {
  const { direction, photo, crowd } = world(7);
  const cohort = crowd(120, 3);
  const people = Array.from({ length: 12 }, direction);
  await using gallery = await galleryOf(people.slice(0, 6), photo);
  const keeper = new PromiseKeeper(gallery, cohort);
  const small = await keeper.promise({ visitors: 20 });
  expect(await keeper.promise({ visitors: 20 })).toBe(small);
  for (const [i, person] of people.slice(6).entries()) await gallery.enrolEmbedding(`later ${i}`, photo(person));
  const grown = await keeper.promise({ visitors: 20 });
  expect(grown.threshold).toBeGreaterThan(small.threshold);
  expect(grown).toMatchObject({ enrolled: 12, templates: 12, measuredOn: 132 });
  expect(grown).toEqual(await new PromiseKeeper(gallery, cohort).promise({ visitors: 20 }));
  await gallery.remove("later 3");
  const less = await keeper.promise({ visitors: 20 });
  expect(less.enrolled).toBe(11);
  expect(less).toEqual(await new PromiseKeeper(gallery, cohort).promise({ visitors: 20 }));
});

test("expected misses lie about the share that is missed, and names' probabilities about what is right", async () => {
  const { direction, photo, crowd } = world(9);
  const people = Array.from({ length: 80 }, direction);
  await using gallery = await galleryOf(people, photo);
  const keeper = new PromiseKeeper(gallery, crowd(200, 2));
  const { threshold, misses, probability } = await keeper.promise({ visitors: 100 });
  let missed = 0;
  for (const [i, person] of people.entries()) {
    const { name } = await gallery.identify(photo(person), { threshold });
    if (name !== `person ${i}`) missed++;
  }
  expect(missed / people.length).toBeGreaterThanOrEqual(misses!.low);
  expect(missed / people.length).toBeLessThanOrEqual(misses!.high);
  expect(probability!.reliability.error).toBeLessThan(0.1);
  expect(probability).toMatchObject({ fittedOn: 100, checkedOn: 100 });
});

test("a cohort with one image each says nothing of misses", async () => {
  const { direction, photo, crowd } = world(11);
  await using gallery = await galleryOf([direction(), direction()], photo);
  const { misses, probability } = await new PromiseKeeper(gallery, crowd(100, 1)).promise({ visitors: 10 });
  expect({ misses, probability }).toEqual({ misses: null, probability: null });
});

test("what cannot be promised is refused", async () => {
  const { direction, photo, crowd } = world(12);
  await using gallery = await galleryOf([direction()], photo);
  const keeper = new PromiseKeeper(gallery, crowd(100, 1));
  await expect(keeper.promise({ visitors: 5 })).rejects.toThrow("10 visitors or more, got 5");
  await expect(keeper.promise({ visitors: 100, confidence: 1 })).rejects.toThrow("a confidence from 0.5 to 1, got 1");
  const few = new PromiseKeeper(gallery, crowd(20, 1));
  await expect(few.promise({ visitors: 100 })).rejects.toThrow("faces of 50 strangers or more to measure on, got 20");
  expect(() => new PromiseKeeper(gallery, { ...crowd(9, 1), fingerprint: "another" })).toThrow(
    expect.objectContaining({ code: "MODEL_MISMATCH" }),
  );
  await using empty = await galleryOf([], photo);
  await expect(new PromiseKeeper(empty, crowd(100, 1)).promise({ visitors: 100 })).rejects.toThrow(
    "nobody is enrolled",
  );
});
