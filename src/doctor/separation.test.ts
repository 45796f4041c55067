import { expect, test } from "vitest";
import { randomFrom } from "./random.ts";
import { countSums, drawWeights, type Label, separation, sumPairs } from "./separation.ts";

/** Unit vectors in the plane, by their angle: the cosine of a pair is that of the difference. */
const at = (degrees: number): Float32Array =>
  Float32Array.of(Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180));
const person = (p: number, identity = 0): Label => ({ person: p, identity });

/** Vectors are float32. */
const ATOL = 1e-5;

/** The formula, pair by pair. */
function plainly(embeddings: readonly Float32Array[], labels: readonly Label[], weights: readonly number[]): number {
  const genuine: [number, number][] = [];
  const impostor: [number, number][] = [];
  embeddings.forEach((a, i) => {
    embeddings.slice(0, i).forEach((b, j) => {
      const cosine = a[0]! * b[0]! + a[1]! * b[1]!;
      const [p, q] = [labels[i]!, labels[j]!];
      if (p.person !== q.person) impostor.push([cosine, weights[p.person]! * weights[q.person]!]);
      else if (p.identity === q.identity) genuine.push([cosine, weights[p.person]!]);
    });
  });
  const mean = (pairs: readonly [number, number][]) =>
    pairs.reduce((sum, [v, w]) => sum + v * w, 0) / pairs.reduce((sum, [, w]) => sum + w, 0);
  const centre = mean(impostor);
  const spread = Math.sqrt(mean(impostor.map(([v, w]) => [(v - centre) ** 2, w])));
  return (mean(genuine) - centre) / spread;
}

test("separation is the difference of means in deviations of the impostor pairs, weighted by people", () => {
  const random = randomFrom(3);
  const labels = [0, 0, 0, 1, 1, 2, 2, 2, 3, 3].map((p) => person(p));
  const embeddings = labels.map(({ person: p }) => at(70 * p + 30 * random()));
  const sums = sumPairs(embeddings, labels);
  for (const weights of [
    [1, 1, 1, 1],
    [2, 1, 0, 1],
    [0, 3, 1, 0],
  ]) {
    expect(Math.abs(separation(sums, Float64Array.from(weights)) - plainly(embeddings, labels, weights))).toBeLessThan(
      ATOL,
    );
  }
});

test("two faces that may be one person's are no pair", () => {
  const sums = sumPairs(
    [at(0), at(1), at(90), at(91), at(40)],
    [person(0, 1), person(0, 1), person(0, 2), person(0, 2), person(1)],
  );
  expect(countSums(sums)).toEqual({ genuine: 2, impostor: 4 });
});

test("the length of embeddings does not matter", () => {
  const labels = [0, 0, 1, 1, 2, 2].map((p) => person(p));
  const embeddings = [0, 10, 100, 115, 200, 230].map(at);
  const longer = embeddings.map((e, i) => e.map((v) => v * (i + 1)));
  const [a, b] = [embeddings, longer].map((e) => separation(sumPairs(e, labels), new Float64Array(3).fill(1)));
  expect(Math.abs(a! - b!)).toBeLessThan(ATOL);
});

test("there is no separation of embeddings that are all alike, nor of NaN", () => {
  const labels = [0, 0, 1, 1].map((p) => person(p));
  for (const angle of [30, Number.NaN]) {
    expect(
      separation(
        sumPairs(
          labels.map(() => at(angle)),
          labels,
        ),
        new Float64Array(2).fill(1),
      ),
    ).toBeNaN();
  }
});

test("draws have everybody once, then one person less than there are; the same ones each time", () => {
  const draws = drawWeights(7, 50);
  expect(draws).toHaveLength(51);
  expect([...draws[0]!]).toEqual(Array(7).fill(1));
  for (const draw of draws.slice(1)) expect(draw.reduce((a, b) => a + b)).toBe(6);
  expect(drawWeights(7, 50)).toEqual(draws);
  expect(new Set(draws.map(String)).size).toBeGreaterThan(40);
});
