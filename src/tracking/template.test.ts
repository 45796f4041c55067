import fc from "fast-check";
import { expect, test } from "vitest";
import { createRandom } from "../tensor/random.ts";
import { dot, l2Norm } from "../tensor/vector.ts";
import { addSample, discounted, mergeTemplates, similarityTo, type Template, templateSimilarity } from "./template.ts";
import { face, look } from "./testing/faces.ts";

const [anna, bela] = [face(1), face(2)];
/** A template of so many looks at somebody. */
function known(person: Float32Array, { looks = 10, noise = 0.7, seed = 1 } = {}): Template {
  const random = createRandom(seed);
  let template: Template | null = null;
  for (let i = 0; i < looks; i++) {
    template = addSample(template, { embedding: look(person, { random, noise }), quality: 0.9 });
  }
  return template!;
}

test("many looks are nearer to the person than any one of them", () => {
  const random = createRandom(2);
  const one = dot(look(anna, { random, noise: 0.7 }), anna);
  expect(dot(known(anna).mean, anna)).toBeGreaterThan(one + 0.05);
});

test("the mean weights looks by their quality", () => {
  const [x, y] = [Float32Array.of(1, 0), Float32Array.of(0.8, 0.6)];
  const template = addSample(addSample(null, { embedding: x, quality: 0.9 }), { embedding: y, quality: 0.3 })!;
  // (0.9·x + 0.3·y) / |…|
  const sum = [0.9 + 0.3 * 0.8, 0.3 * 0.6];
  expect(Array.from(template.mean)).toBeCloseToTensor(
    sum.map((v) => v / Math.hypot(...sum)),
    { atol: 1e-6 },
  );
});

test("another person's looks are left out, however many come", () => {
  const random = createRandom(3);
  const before = known(anna);
  let after: Template | null = before;
  for (let i = 0; i < 50; i++) after = addSample(after, { embedding: look(bela, { random }), quality: 1 });
  expect(after).toBe(before);
});

test("a poor first look gives way to a better one that contradicts it; a firm template does not", () => {
  const poor = addSample(null, { embedding: bela, quality: 0.3 });
  const better = addSample(poor, { embedding: anna, quality: 0.9 })!;
  expect(similarityTo(better, bela)).toBeLessThan(0.3);
  expect(addSample(better, { embedding: bela, quality: 1 })).toBe(better);
});

test("looks without quality are left out", () => {
  expect(addSample(null, { embedding: anna, quality: 0.1 })).toBeNull();
});

test("front and side stay views of their own, and a look is compared with the nearest", () => {
  const random = createRandom(4);
  // A side view whose cosine to the front is about 0.45
  const side = look(anna, { random, noise: 2 });
  const template = addSample(known(anna, { noise: 0.2 }), { embedding: side, quality: 0.8 })!;
  expect(template.views).toHaveLength(2);
  expect(similarityTo(template, look(side, { random, noise: 0.3 }))).toBeGreaterThan(0.9);
  expect(similarityTo(template, look(anna, { random, noise: 0.3 }))).toBeGreaterThan(0.9);
});

test("views are of length 1, at most maxViews, none above the weight at which new looks would no longer count", () => {
  const sample = fc.record({
    seed: fc.integer({ min: 0, max: 1000 }),
    noise: fc.double({ min: 0, max: 2.5, noNaN: true }),
    quality: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(sample, { maxLength: 40 }), fc.integer({ min: 1, max: 5 }), (samples, maxViews) => {
      let template: Template | null = null;
      for (const { seed, noise, quality } of samples) {
        const embedding = look(anna, { random: createRandom(seed), noise });
        template = addSample(template, { embedding, quality }, { maxViews });
      }
      if (template === null) return;
      expect(template.views.length).toBeLessThanOrEqual(maxViews);
      for (const { direction, weight, quality } of template.views) {
        expect(l2Norm(direction)).toBeCloseTo(1, 5);
        expect(weight).toBeLessThanOrEqual(8);
        expect(quality).toBeLessThanOrEqual(template.quality);
      }
      expect(l2Norm(template.mean)).toBeCloseTo(1, 5);
    }),
    { seed: 75, numRuns: 60 },
  );
});

test("templates of one person are alike, of two they are not, in either order", () => {
  const [a, again, b] = [known(anna), known(anna, { seed: 9 }), known(bela)];
  expect(templateSimilarity(a, again)).toBeGreaterThan(0.9);
  expect(templateSimilarity(a, b)).toBeLessThan(0.3);
  expect(templateSimilarity(a, b)).toBeCloseTo(templateSimilarity(b, a), 12);
});

test("two templates as one know what both knew", () => {
  const random = createRandom(5);
  const side = look(anna, { random, noise: 2 });
  const both = mergeTemplates(known(anna, { noise: 0.2 }), known(side, { noise: 0.2 }));
  expect(similarityTo(both, anna)).toBeGreaterThan(0.9);
  expect(similarityTo(both, side)).toBeGreaterThan(0.9);
});

test("a similarity of poor faces counts for less", () => {
  expect(discounted(0.6, 1)).toBe(0.6);
  expect(discounted(0.6, 0.25)).toBeCloseTo(0.3, 12);
});
