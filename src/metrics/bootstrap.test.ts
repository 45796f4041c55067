import { expect, test } from "vitest";
import { createRandom } from "../tensor/random.ts";
import { bootstrapByPerson, type PeoplePairs } from "./bootstrap.ts";
import { columnTable } from "./columns.ts";
import { comparePairs } from "./compare.ts";
import { verificationFigures } from "./figures.ts";
import { equalErrorRate, rocCurve, tarAtFar } from "./roc.ts";
import { contiguousFolds, kFoldAccuracy } from "./verification.ts";

/** How often the truth lies within a 95 % interval, over so many worlds; each is measured with so many draws. */
const WORLDS = 200;
const DRAWS = 100;
/** A true coverage of 0.95 shows 0.905 or less, or 0.985 or more, in one of a hundred tests of 200 worlds. */
const COVERED = { least: 0.905, most: 0.985 };

type World = {
  readonly people: number;
  readonly genuineEach: number;
  readonly crossing: number;
  readonly spread: number;
};

/**
 * Pairs whose scores are made of their people's own share (some are hard) and of chance, so that the true rate of scores
 * above 0 is known: 0.5 for pairs of two people, as everything about them is symmetric.
 */
function draw({ people, genuineEach, crossing, spread }: World, seed: number): PeoplePairs {
  const random = createRandom(seed);
  const own = Array.from({ length: people }, () => spread * random.normal());
  const pairs: { a: number; b: number; score: number }[] = [];
  for (let p = 0; p < people; p++) {
    for (let i = 0; i < genuineEach; i++) pairs.push({ a: p, b: p, score: own[p]! + random.normal() });
  }
  for (let i = 0; i < crossing; i++) {
    const a = Math.floor(random.uniform() * people);
    const b = (a + 1 + Math.floor(random.uniform() * (people - 1))) % people;
    pairs.push({ a, b, score: own[a]! + own[b]! + random.normal() });
  }
  return {
    scores: pairs.map(({ score }) => score),
    same: pairs.map(({ a, b }) => a === b),
    a: pairs.map(({ a }) => a),
    b: pairs.map(({ b }) => b),
  };
}

const share = (pairs: PeoplePairs, same: boolean, weights: Float64Array): number => {
  let [above, all] = [0, 0];
  for (let i = 0; i < weights.length; i++) {
    if (pairs.same[i] !== same) continue;
    all += weights[i]!;
    if (pairs.scores[i]! >= 0) above += weights[i]!;
  }
  return above / all;
};

const intervalOf = (pairs: PeoplePairs, same: boolean, seed: number) =>
  bootstrapByPerson(pairs, (weights) => [share(pairs, same, weights)], { draws: DRAWS, seed })[0]!;

test.each<[string, World, boolean]>([
  ["genuine pairs, ten a person", { people: 60, genuineEach: 10, crossing: 1, spread: 1 }, true],
  ["pairs of two, few a person", { people: 300, genuineEach: 1, crossing: 300, spread: 0.7 }, false],
  ["pairs of two, many a person", { people: 40, genuineEach: 1, crossing: 900, spread: 0.7 }, false],
  ["pairs of two, many a person, people alike", { people: 60, genuineEach: 1, crossing: 900, spread: 0 }, false],
])("intervals of 95 percent cover the truth at that rate: %s", (_, world, same) => {
  let covered = 0;
  for (let i = 0; i < WORLDS; i++) {
    const { low, high } = intervalOf(draw(world, 1000 + i), same, i);
    if (low <= 0.5 && high >= 0.5) covered++;
  }
  expect(covered / WORLDS).toBeGreaterThan(COVERED.least);
  expect(covered / WORLDS).toBeLessThan(COVERED.most);
});

test("resampling pairs instead covers far less where people have many", () => {
  let covered = 0;
  for (let i = 0; i < WORLDS; i++) {
    const pairs = draw({ people: 60, genuineEach: 10, crossing: 1, spread: 1 }, 1000 + i);
    // To draw pairs is to take every pair for a person of its own.
    const own = Array.from(pairs.a, (_, k) => k);
    const { low, high } = intervalOf({ ...pairs, a: own, b: own }, true, i);
    if (low <= 0.5 && high >= 0.5) covered++;
  }
  expect(covered / WORLDS).toBeLessThan(0.8);
});

/** Half of the people have pairs of their own; scores of `model` differ a little from another's. */
function benchmark(seed: number, better = 0) {
  const random = createRandom(seed);
  const a = Array.from({ length: 600 }, () => Math.floor(random.uniform() * 150));
  const b = a.map((person, i) => (i % 2 === 0 ? person : (person + 1 + Math.floor(random.uniform() * 149)) % 150));
  const same = a.map((person, i) => person === b[i]);
  const base = same.map((genuine) => (genuine ? 0.55 : 0.1) + 0.14 * random.normal());
  const clip = (score: number): number => Math.max(-1, Math.min(1, score));
  const scores = base.map((score) => clip(score + 0.015 * random.normal()));
  const other = base.map((score, i) => clip(score + 0.015 * random.normal() + (same[i] ? better : 0)));
  return { pairs: { scores, same, a, b, fold: contiguousFolds(600, 10) }, other };
}

test("verificationFigures gives the values of the metrics themselves, with intervals about them", () => {
  const { pairs } = benchmark(3);
  const figures = verificationFigures(pairs, { draws: 200 });
  const curve = rocCurve(pairs);
  expect(figures.accuracy!.value).toBeCloseTo(kFoldAccuracy(pairs).accuracy, 12);
  expect(figures.eer.value).toBe(equalErrorRate(curve));
  // 300 impostor pairs: a rate of 1e-3 is 0.3 of them.
  expect(figures.tarAtFar.map(({ far, support }) => [far, support])).toEqual([
    [0.1, "yes"],
    [0.01, "roughly"],
  ]);
  for (const { far, threshold, tar } of figures.tarAtFar) {
    expect({ threshold, tar: tar.value }).toEqual({
      threshold: tarAtFar(curve, far)!.threshold,
      tar: tarAtFar(curve, far)!.tar,
    });
  }
  for (const { value, low, high } of [figures.accuracy!, figures.eer, ...figures.tarAtFar.map(({ tar }) => tar)]) {
    expect(low).toBeLessThan(value);
    expect(high).toBeGreaterThan(value);
  }
  expect(verificationFigures(pairs, { draws: 200 })).toEqual(figures);
  expect(verificationFigures(pairs, { draws: 200, seed: 2 })).not.toEqual(figures);
});

test("without folds there is no accuracy", () => {
  const { fold: _, ...pairs } = benchmark(3).pairs;
  expect(verificationFigures(pairs, { draws: 20 }).accuracy).toBeNull();
});

test("comparePairs tells a better model from an equal one, with intervals narrower than the models' own", () => {
  const better = benchmark(4, 0.1);
  const won = comparePairs(better.pairs, better.other, { draws: 200 });
  expect(won.accuracy!.low).toBeGreaterThan(0);
  expect(won.mcnemar!.p).toBeLessThan(0.05);
  const equal = benchmark(4);
  const tied = comparePairs(equal.pairs, equal.other, { draws: 200 });
  expect(tied.accuracy!.low).toBeLessThanOrEqual(0);
  expect(tied.accuracy!.high).toBeGreaterThanOrEqual(0);
  expect(tied.mcnemar!.p).toBeGreaterThan(0.05);
  const alone = verificationFigures(equal.pairs, { draws: 200 });
  const width = ({ low, high }: { low: number; high: number }) => high - low;
  expect(width(tied.eer)).toBeLessThan(0.7 * width(alone.eer));
  const same = comparePairs(equal.pairs, equal.pairs.scores, { draws: 20 });
  expect(same).toMatchObject({ eer: { value: 0, low: 0, high: 0 }, mcnemar: { p: 1 } });
});

test("columnTable judges all rows at one threshold and says how far apart they are", () => {
  const { pairs } = benchmark(5);
  const dark = pairs.a.map((person) => (person % 3 === 0 ? "dark" : person % 3 === 1 ? "light" : null));
  const scores = pairs.scores.map((score, i) => (dark[i] === "dark" && pairs.same[i] ? score - 0.3 : score));
  const table = columnTable({ ...pairs, scores }, dark, 0.35, { draws: 200 });
  expect(table.rows.map(({ value }) => value)).toEqual(["dark", "light"]);
  for (const { value, genuine, impostor, tar, far } of table.rows) {
    const own = scores.map((score, i) => ({ score, same: pairs.same[i] })).filter((_, i) => dark[i] === value);
    const accepted = (same: boolean) => own.filter((p) => p.same === same && p.score >= 0.35).length;
    expect(genuine + impostor).toBe(own.length);
    expect([tar!.value, far!.value]).toEqual([accepted(true) / genuine, accepted(false) / impostor]);
  }
  const [first, second] = table.rows;
  expect(table.tarGap!.value).toBeCloseTo(second!.tar!.value - first!.tar!.value, 12);
  expect(table.tarGap!.low).toBeGreaterThan(0.3);
});

test("a row without genuine pairs has no rate of true accepts, and one row no gap", () => {
  const { pairs } = benchmark(5);
  const values = pairs.same.map((same) => (same ? null : "day"));
  const table = columnTable(pairs, values, 0.35, { draws: 20 });
  expect(table).toMatchObject({ rows: [{ value: "day", genuine: 0, tar: null }], tarGap: null, farGap: null });
});

const { pairs, other } = benchmark(1);
test.each<[string, () => unknown, string]>([
  ["too few draws", () => verificationFigures(pairs, { draws: 3 }), "20 draws or more, got 3"],
  ["a confidence of 95", () => verificationFigures(pairs, { confidence: 95 }), "a confidence below 1, got 95"],
  ["people left out", () => verificationFigures({ ...pairs, b: [] }), "two people a pair, got 600 and 0"],
  [
    "a person of −1",
    () => verificationFigures({ ...pairs, a: pairs.a.map(() => -1) }),
    "number from 0 for pair 0, got -1",
  ],
  [
    "one class",
    () => verificationFigures({ ...pairs, same: pairs.same.map(() => true) }),
    "pairs of one person and of two",
  ],
  ["scores of another set", () => comparePairs(pairs, other.slice(1)), "600 scores, one a pair, got 599"],
  ["values too few", () => columnTable(pairs, ["dark"], 0.3), "600 values, one a pair, got 1"],
  [
    "no value at all",
    () =>
      columnTable(
        pairs,
        pairs.scores.map(() => null),
        0.3,
      ),
    "a value, got none",
  ],
])("refused: %s", (_, call, message) => {
  expect(call).toThrow(
    expect.objectContaining({ code: "INVALID_ARGUMENT", message: expect.stringContaining(message) }),
  );
});
