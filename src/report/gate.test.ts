import { expect, test } from "vitest";
import type { Evaluation } from "../evaluate/evaluation.ts";
import { columnReports } from "./columns.ts";
import { gate, parseBaseline } from "./gate.ts";
import { resultsOf } from "./results.ts";
import { sampleEvaluation } from "./testing/sample-evaluation.ts";

const before = sampleEvaluation();
const baseline = parseBaseline(JSON.stringify(resultsOf(before, columnReports(before), null)), "results.json");

/** The same, with some figures as given. */
function withFigures(values: Readonly<Record<string, number | null>>): Evaluation {
  const figures = before.figures.map((figure) => ({ ...figure, value: values[figure.name] ?? figure.value }));
  return { ...before, figures };
}

test("the same results pass, and what cannot be judged is said", () => {
  const { passed, compared, figures } = gate(before, baseline, "results.json");
  expect(passed).toBe(true);
  expect(compared).toBe(
    "team/first with team/detector against team/first with team/detector (results.json), LFW, view 2",
  );
  expect(figures.map(({ name, verdict }) => [name, verdict])).toEqual([
    ["accuracy", "kept"],
    ["TAR@FAR=1e-1", "kept"],
    ["TAR@FAR=1e-6", "not judged"],
    ["EER", "kept"],
  ]);
});

test.each([
  ["inside of its interval", { accuracy: 0.9 }, []],
  ["better than its interval", { accuracy: 1, EER: 0 }, []],
  ["below it", { accuracy: 0.899 }, ["accuracy fell from 95.00 % to 89.90 %, out of its interval of 90.00 to 98.00 %"]],
  [
    "above it, where less is better",
    { EER: 0.0901 },
    ["EER rose from 5.00 % to 9.01 %, out of its interval of 2.00 to 9.00 %"],
  ],
])("a figure %s", (_, values, sentences) => {
  const { passed, figures } = gate(withFigures(values), baseline, "results.json");
  expect(passed).toBe(sentences.length === 0);
  expect(figures.filter(({ verdict }) => verdict === "fell").map(({ sentence }) => sentence)).toEqual(sentences);
});

test("a figure that is gone has fallen", () => {
  const { passed, figures } = gate({ ...before, figures: before.figures.slice(1) }, baseline, "results.json");
  expect(passed).toBe(false);
  expect(figures[0]).toMatchObject({ verdict: "fell", sentence: "accuracy: 95.00 % before, and cannot be told now" });
});

test("nothing to judge by is no pass", () => {
  const without = { ...baseline, figures: baseline.figures.map((figure) => ({ ...figure, interval: null })) };
  expect(gate(before, without, "results.json").passed).toBe(false);
});

test.each([
  ["another protocol", { name: "ytf" }, "--gate r.json: expected results of ytf, got lfw"],
  ["other options", { options: { flip: false } }, "--gate r.json: measured with other options: flip true, here false"],
  ["another data set", { dataSet: "ffff" }, "--gate r.json: measured on another data set: 0123456789abcdef, here ffff"],
])("results of %s are refused", (_, changed, message) => {
  const now = { ...before, protocol: { ...before.protocol, ...changed } };
  expect(() => gate(now, baseline, "r.json")).toThrow(message);
});

test.each([
  ["not JSON", "{", "--gate r.json: not JSON"],
  ["another file", "{}", "--gate r.json: not the results of an evaluation: format: "],
  [
    "a later format",
    JSON.stringify({ ...before, format: "arcface-evaluation-2" }),
    "not the results of an evaluation: format",
  ],
])("%s is refused", (_, text, message) => {
  expect(() => parseBaseline(text, "r.json")).toThrow(message);
});

test("an evaluation in full serves as results, too", () => {
  expect(gate(before, parseBaseline(JSON.stringify(before), "e.json"), "e.json").passed).toBe(true);
});
