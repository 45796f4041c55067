import { expect, test } from "vitest";
import { worstPairs, worstSearches } from "./failures.ts";
import { sampleEvaluation } from "./testing/sample-evaluation.ts";

const evaluation = sampleEvaluation();
const { pairs } = evaluation.verification!;

test("the worst pairs come first, judged at their fold's threshold, and a missed face is no bad pair", () => {
  const { falseMatches, misses, wrong } = worstPairs(evaluation, 3);
  const scores = (same: boolean): number[] => pairs.scores.filter((s, i) => pairs.same[i] === same && s !== -1);
  expect(falseMatches.map(({ score }) => score)).toEqual(
    scores(false)
      .sort((a, b) => b - a)
      .slice(0, 3),
  );
  expect(misses.map(({ score }) => score)).toEqual(
    scores(true)
      .sort((a, b) => a - b)
      .slice(0, 3),
  );
  expect(falseMatches[0]).toMatchObject({ threshold: 0.45, isWrong: falseMatches[0]!.score > 0.45, isSame: false });
  expect(misses[0]!.a.person).toBe(misses[0]!.b.person);
  expect(wrong).toEqual({
    falseMatches: scores(false).filter((s) => s > 0.45).length,
    misses: scores(true).filter((s) => s <= 0.45).length,
  });
});

test("where not all pairs are kept, or nothing judges them, nobody counts the wrong ones", () => {
  const verification = { ...evaluation.verification!, isComplete: false };
  expect(worstPairs({ ...evaluation, verification }, 1).wrong).toBeNull();
  const unjudged = worstPairs({ ...evaluation, verification: { ...verification, folds: null } }, 1);
  expect(unjudged.misses[0]).toMatchObject({ threshold: null, isWrong: null });
  expect(worstPairs({ ...evaluation, verification: null }, 1)).toEqual({ falseMatches: [], misses: [], wrong: null });
});

test("of searches: wrong names by certainty, strangers by likeness, the enrolled who are least like themselves", () => {
  const { wrongNames, strangers, faint } = worstSearches(evaluation, 2);
  const told = (some: typeof faint) => some.map(({ a, b, score }) => [a.person, b.person, score]);
  expect(told(wrongNames)).toEqual([
    ["Person_03", "Person_04", 0.65],
    ["Person_10", "Person_11", 0.65],
  ]);
  // 0.2 + i/200; the 38th of seven is one of those at 0.65.
  expect(told(strangers)).toEqual([
    ["Person_38", "Person_39", 0.65],
    ["Person_39", "Person_00", 0.395],
  ]);
  expect(told(faint)).toEqual([
    ["Person_04", "Person_04", 0.52],
    ["Person_09", "Person_09", 0.52],
  ]);
  expect(faint[0]!.isSame).toBe(true);
  const none = worstSearches({ ...evaluation, identification: null }, 2);
  expect(none).toEqual({ wrongNames: [], strangers: [], faint: [] });
});
