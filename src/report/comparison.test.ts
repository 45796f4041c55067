import { expect, test } from "vitest";
import { columnReports } from "./columns.ts";
import { compareEvaluations } from "./comparison.ts";
import { openSetCurveOf } from "./searches.ts";
import { sampleEvaluation } from "./testing/sample-evaluation.ts";

const first = sampleEvaluation();

test("two models are compared figure by figure, on the same pairs", () => {
  const better = sampleEvaluation({ shift: 0.2, model: "team/second" });
  const { names, figures, mcnemar, onlySecondRight } = compareEvaluations(first, better, 2);
  expect(names).toEqual(["team/first", "team/second"]);
  expect(figures.map(({ name }) => name)).toEqual(first.figures.map(({ name }) => name));
  // Higher scores of genuine pairs alone: more of them pass, and fewer errors.
  const differenceOf = (name: string): number => figures.find((figure) => figure.name === name)!.difference!.value;
  expect(differenceOf("accuracy")).toBeGreaterThan(0);
  expect(differenceOf("TAR@FAR=1e-1")).toBeGreaterThan(0);
  expect(differenceOf("EER")).toBeLessThan(0);
  expect(mcnemar!.onlySecondRight).toBeGreaterThan(mcnemar!.onlyFirstRight);
  expect(onlySecondRight).toHaveLength(2);
  expect(onlySecondRight[0]).toMatchObject({ score: expect.any(Number), other: expect.any(Number) });
});

test("a model differs from itself in nothing, and is told apart by its detector", () => {
  const detector = { name: "team/other", fingerprint: "cafe", licence: null };
  const { names, figures, mcnemar } = compareEvaluations(first, { ...first, detector }, 2);
  expect(names).toEqual(["team/first, team/detector", "team/first, team/other"]);
  expect(figures.map(({ difference }) => difference?.value ?? null)).toEqual([0, 0, null, 0]);
  expect(mcnemar).toEqual({ onlyFirstRight: 0, onlySecondRight: 0, p: 1 });
});

test("results of another data set are not compared", () => {
  const other = { ...first, protocol: { ...first.protocol, dataSet: "ffff" } };
  expect(() => compareEvaluations(first, other, 2)).toThrow(
    "comparison: expected lfw of data set 0123456789abcdef, got lfw of data set ffff",
  );
});

test("each column has a table at the protocol's threshold", () => {
  const [pose, ...more] = columnReports(first);
  expect(more).toEqual([]);
  expect(pose).toMatchObject({ name: "pose", table: { threshold: 0.45 } });
  expect(pose!.table.rows.map(({ value }) => value)).toEqual(["frontal", "half", "profile"]);
  const { pairs } = first.verification!;
  expect(
    columnReports({ ...first, verification: { ...first.verification!, pairs: { ...pairs, columns: {} } } }),
  ).toEqual([]);
});

test("TPIR and FPIR of searches: found second is not named rightly", () => {
  const curve = openSetCurveOf(first.identification!)!;
  expect([curve.mated, curve.unmated]).toEqual([35, 5]);
  expect(curve.tpir.at(-1)).toBeCloseTo(30 / 35, 12);
  expect(curve.fpir.at(-1)).toBe(1);
});
