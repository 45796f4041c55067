import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { binomialTail, exactInterval } from "./binomial.ts";
import { quantile } from "./bootstrap.ts";
import { mcNemar } from "./compare.ts";
import { detCurve } from "./det.ts";
import { cmc, openSetCurve, searchesOf, tpirAtFpir } from "./identification.ts";
import { normalQuantile } from "./normal.ts";
import { rocCurve } from "./roc.ts";
import { weightedRoc } from "./weighted-roc.ts";

type Pairs = { name: string; scores: number[]; same: boolean[] };
type Golden = {
  pairs: (Pairs & {
    det: { thresholds: number[]; far: number[]; frr: number[] };
    roc: { thresholds: number[]; far: number[]; tar: number[] };
  })[];
  weighted: (Pairs & { weights: number[]; eer: number; rates: number[]; tar: number[] })[];
  searches: {
    name: string;
    scores: number[][];
    truth: number[];
    rank: number[];
    cmc: number[];
    topK: number[] | null;
    thresholds: number[];
    fpir: number[];
    tpir: number[];
    atFpir: { target: number; tpir: number | null }[];
  }[];
  normal: { p: number; x: number }[];
  tails: { k: number; n: number; p: number; tail: number }[];
  exact: { successes: number; trials: number; interval: [number, number] }[];
  mcnemar: { first: number; second: number; p: number }[];
  quantiles: { values: number[]; p: number[]; at: number[] };
};

// scripts/golden/metrics.py
const golden: Golden = JSON.parse(readFileSync(new URL("golden/metrics.json", import.meta.url), "utf8"));

/** Ratios of small whole numbers, of which 1 − x rounds once more. */
const ROUNDING = { atol: 1e-12 };

test.each(golden.pairs)("rocCurve and detCurve agree with scikit-learn: $name", ({ scores, same, det, roc }) => {
  const curve = rocCurve({ scores, same });
  expect(curve.thresholds.subarray(1)).toBeCloseToTensor(roc.thresholds, ROUNDING);
  expect(curve.far.subarray(1)).toBeCloseToTensor(roc.far, ROUNDING);
  expect(curve.tar.subarray(1)).toBeCloseToTensor(roc.tar, ROUNDING);
  const ours = detCurve(curve);
  // scikit-learn leaves out points at the ends where one error does not change.
  const at = det.thresholds.map((threshold) => ours.thresholds.indexOf(threshold));
  expect(at).not.toContain(-1);
  expect(at.map((i) => ours.far[i]!)).toBeCloseToTensor(det.far, ROUNDING);
  expect(at.map((i) => ours.frr[i]!)).toBeCloseToTensor(det.frr, ROUNDING);
});

test.each(golden.weighted)("weightedRoc counts as if pairs were repeated: $name", (want) => {
  const roc = weightedRoc(want);
  expect(roc(Float64Array.from(want.weights), want.rates)).toBeCloseToTensor([want.eer, ...want.tar], ROUNDING);
});

test("weightedRoc has no answer where one kind has no weight", () => {
  const roc = weightedRoc({ scores: [1, 2], same: [true, false] });
  expect(roc(Float64Array.of(1, 0), [0.1])).toEqual([Number.NaN, Number.NaN]);
});

test.each(golden.searches)("searchesOf and cmc agree with numpy and scikit-learn: $name", (want) => {
  const searches = searchesOf(want.scores, want.truth);
  expect(Array.from(searches.rank).filter((rank) => rank > 0)).toEqual(want.rank);
  expect(cmc(searches, want.cmc.length)).toBeCloseToTensor(want.cmc, ROUNDING);
  if (want.topK) expect(cmc(searches, want.topK.length)).toBeCloseToTensor(want.topK, ROUNDING);
});

test.each(golden.searches)("openSetCurve and tpirAtFpir agree with counting anew: $name", (want) => {
  const curve = openSetCurve(searchesOf(want.scores, want.truth));
  // At a threshold between two points, what holds is the point above.
  const points = want.thresholds.map((t) => curve.thresholds.findLastIndex((threshold) => threshold >= t));
  expect(points.map((i) => curve.fpir[i]!)).toBeCloseToTensor(want.fpir, ROUNDING);
  expect(points.map((i) => curve.tpir[i]!)).toBeCloseToTensor(want.tpir, ROUNDING);
  for (const { target, tpir } of want.atFpir) expect(tpirAtFpir(curve, target)?.tpir ?? null).toBe(tpir);
});

test("normalQuantile agrees with SciPy from 1e-300 to 0.999999", () => {
  const ours = golden.normal.map(({ p }) => normalQuantile(p));
  expect(ours).toBeCloseToTensor(
    golden.normal.map(({ x }) => x),
    { rtol: 1e-14, atol: 0 },
  );
  expect([normalQuantile(0), normalQuantile(1)]).toEqual([-Infinity, Infinity]);
});

test("binomialTail and exactInterval agree with SciPy", () => {
  const tails = golden.tails.map(({ k, n, p }) => binomialTail(k, n, p));
  expect(tails).toBeCloseToTensor(
    golden.tails.map(({ tail }) => tail),
    { rtol: 1e-9, atol: 0 },
  );
  for (const { successes, trials, interval } of golden.exact) {
    // SciPy finds the ends to 1e-12 or so.
    expect(exactInterval(successes, trials)).toBeCloseToTensor(interval, { rtol: 1e-8, atol: 1e-11 });
  }
});

test.each(golden.mcnemar)(
  "mcNemar of $first against $second agrees with SciPy's exact test",
  ({ first, second, p }) => {
    const judged = [...Array(first).fill([1, 0]), ...Array(second).fill([0, 1]), [1, 1], [0, 0]] as [number, number][];
    const result = mcNemar(
      judged.map(([one]) => one),
      judged.map(([, other]) => other),
    );
    expect(result).toMatchObject({ onlyFirstRight: first, onlySecondRight: second });
    expect(result.p).toBeCloseTo(p, 10);
  },
);

test("quantile agrees with numpy", () => {
  const sorted = [...golden.quantiles.values].sort((a, b) => a - b);
  expect(golden.quantiles.p.map((p) => quantile(sorted, p))).toBeCloseToTensor(golden.quantiles.at, ROUNDING);
});

const rows = [
  [0.1, 0.2],
  [0.3, 0.4],
];
test.each<[string, () => unknown, string]>([
  ["probes of enrolled people only", () => openSetCurve(searchesOf(rows, [0, 1])), "and of others, got 2 and 0"],
  ["probes of strangers only", () => openSetCurve(searchesOf(rows, [-1, -1])), "and of others, got 0 and 2"],
  ["a CMC of strangers", () => cmc(searchesOf(rows, [-1, -1]), 2), "probes of enrolled people, got none"],
  ["no probes", () => cmc(searchesOf([], []), 1), "probes of enrolled people, got none"],
  ["a person who is not in the gallery", () => searchesOf(rows, [0, 2]), "a place below 2 or −1 for probe 1, got 2"],
  ["a NaN", () => searchesOf([[Number.NaN]], [0]), "a finite score for probe 0, got NaN"],
  ["a rank of 0", () => cmc(searchesOf(rows, [0, 1]), 0), "ranks from 1, got 0"],
  ["an FPIR of 1", () => tpirAtFpir(openSetCurve(searchesOf(rows, [0, -1])), 1), "a rate between 0 and 1, got 1"],
  ["a probability of 2", () => normalQuantile(2), "a probability, got 2"],
  ["half a success", () => binomialTail(0.5, 2, 0.5), "whole numbers"],
  ["no trials", () => exactInterval(0, 0), "successes of at least one trial, got 0 of 0"],
  ["judgements of other length", () => mcNemar([1], []), "1 judgements, got 0"],
])("refused: %s", (_, call, message) => {
  expect(call).toThrow(
    expect.objectContaining({ code: "INVALID_ARGUMENT", message: expect.stringContaining(message) }),
  );
});
