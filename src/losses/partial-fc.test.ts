import fc from "fast-check";
import { expect, test } from "vitest";
import { createRandom } from "../tensor/random.ts";
import { sampleClasses, sampledCount } from "./partial-fc.ts";

const draws = fc
  .record({
    classes: fc.integer({ min: 2, max: 400 }),
    rate: fc.double({ min: 0.01, max: 1, noNaN: true }),
    seed: fc.nat(),
    picks: fc.array(fc.nat(), { minLength: 1, maxLength: 40 }),
  })
  .map(({ picks, ...more }) => ({ ...more, labels: picks.map((pick) => pick % more.classes) }));

test("sampled classes are ascending, of the right number, and hold every label's at the place that is told", () => {
  fc.assert(
    fc.property(draws, ({ classes, rate, seed, labels }) => {
      const sampled = sampleClasses(createRandom(seed), labels, classes, rate);
      expect(sampled.index.length).toBe(sampledCount(classes, rate, labels.length));
      expect(sampled.index.every((label, i) => label < classes && label > (sampled.index[i - 1] ?? -1))).toBe(true);
      expect(Array.from(sampled.labels, (place) => sampled.index[Number(place)])).toEqual(labels);
    }),
  );
});

test("the same seed samples the same classes, another one others", () => {
  const draw = (seed: number) => sampleClasses(createRandom(seed), [7, 900, 7], 1000, 0.1);
  expect(draw(3)).toEqual(draw(3));
  expect(draw(4).index).not.toEqual(draw(3).index);
});

test("each class that is no label's is sampled equally often", () => {
  const random = createRandom(1);
  const times = new Float64Array(50);
  const rounds = 4000;
  for (let i = 0; i < rounds; i++) for (const label of sampleClasses(random, [10, 20], 50, 0.2).index) times[label]!++;
  // 8 of the 48 others; five deviations of a binomial
  const chance = 8 / 48;
  const margin = 5 * Math.sqrt(rounds * chance * (1 - chance));
  for (const [label, count] of times.entries()) {
    if (label === 10 || label === 20) expect(count).toBe(rounds);
    else expect(Math.abs(count - rounds * chance), `class ${label}`).toBeLessThan(margin);
  }
});

test("the number of classes is that of the rate, but a whole batch of different people fits", () => {
  expect(sampledCount(93_431, 0.1, 128)).toBe(9343);
  expect(sampledCount(1000, 0.1, 128)).toBe(128);
  expect(sampledCount(100, 0.1, 128)).toBe(100);
  expect(sampledCount(1000, 1, 128)).toBe(1000);
});

test("a million classes are sampled in a fraction of a second", () => {
  const labels = Array.from({ length: 512 }, (_, i) => (i * 7919) % 1_000_000);
  const start = performance.now();
  expect(sampleClasses(createRandom(1), labels, 1_000_000, 0.1).index.length).toBe(100_000);
  expect(performance.now() - start).toBeLessThan(1000);
});

test("a label that is no class is told", () => {
  expect(() => sampleClasses(createRandom(1), [3, 10], 10, 0.5)).toThrow(
    "sampleClasses: expected labels below 10, got 10",
  );
});
