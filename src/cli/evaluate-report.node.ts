import { readFile } from "node:fs/promises";
import type { Evaluated } from "../evaluate/evaluate.node.ts";
import { fileError } from "../file-error.node.ts";
import type { Comparison } from "../report/comparison.ts";
import type { Baseline, Gate } from "../report/gate.ts";
import type { OptionSpecs, OptionValues } from "./command.ts";
import { makeFolder } from "./draw.node.ts";

/** What `arcface evaluate` makes of an evaluation beside its figures. */
export const reportOptions = {
  out: { type: "string", value: "DIR", describe: "write a report: a page with curves and the worst pairs, and JSON" },
  compare: {
    type: "string",
    value: "SLUG|FILE",
    describe: "measure another network on the same pairs, and tell whether the two differ",
  },
  compareCard: { type: "string", value: "SLUG|FILE", describe: "the card that describes --compare's file" },
  gate: {
    type: "string",
    value: "FILE",
    describe: "an earlier results.json: fail where a figure fell by more than its interval",
  },
} as const satisfies OptionSpecs;

type Values = OptionValues<typeof reportOptions>;

export type ReportResult = {
  readonly comparison?: Pick<Comparison, "names" | "figures" | "mcnemar">;
  readonly gate?: Gate;
  /** The page's path. */
  readonly report?: string;
};

/**
 * What is wrong with the options is said before anything is measured.
 *
 * @returns the results that a gate holds the new ones against.
 */
export async function prepareReport(protocol: string, { out, gate: file }: Values): Promise<Baseline | null> {
  if (out !== undefined) await makeFolder(out);
  if (file === undefined) return null;
  const { checkProtocol, parseBaseline } = await import("../report/gate.ts");
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw fileError(cause, file, "reading the earlier results");
  });
  const baseline = parseBaseline(text, file);
  checkProtocol(baseline, protocol, file);
  return baseline;
}

/** Compare, hold against the gate, write the report; each where it was asked for. */
export async function makeReport(
  { evaluation, readImage }: Evaluated,
  second: Evaluated | null,
  baseline: Baseline | null,
  { out, gate: file }: Values,
): Promise<ReportResult> {
  const result: { -readonly [Key in keyof ReportResult]: ReportResult[Key] } = {};
  if (second) {
    const { compareEvaluations } = await import("../report/comparison.ts");
    const { names, figures, mcnemar } = compareEvaluations(evaluation, second.evaluation, 0);
    result.comparison = { names, figures, mcnemar };
  }
  if (baseline && file !== undefined) {
    const { gate } = await import("../report/gate.ts");
    result.gate = gate(evaluation, baseline, file);
  }
  if (out !== undefined) {
    const { writeReport } = await import("../report/write-report.node.ts");
    result.report = await writeReport(out, evaluation, readImage, second ? { second: second.evaluation } : {});
  }
  return result;
}

export function formatReport({ comparison, gate, report }: ReportResult): string[] {
  return [
    ...(comparison ? comparisonLines(comparison) : []),
    ...(gate
      ? [`gate           ${gate.passed ? "passed" : "failed"}: ${gate.compared}`, ...gate.figures.map(gateLine)]
      : []),
    ...(report === undefined ? [] : [`report         ${report} (it shows the faces and names of people)`]),
  ];
}

const gateLine = ({ verdict, sentence }: Gate["figures"][number]): string =>
  `  ${verdict === "fell" ? "✗" : " "} ${sentence}`;

function comparisonLines({ names, figures, mcnemar }: NonNullable<ReportResult["comparison"]>): string[] {
  const percent = (value: number): string => (100 * value).toFixed(2);
  const lines = figures.map(({ name, first, second, difference }) => {
    const [one, other] = [first, second].map((value) => (value === null ? "too few to tell" : `${percent(value)} %`));
    if (difference === null) return `${name.padEnd(14)} ${one}, ${other}`;
    const { value, low, high } = difference;
    const verdict = low <= 0 && high >= 0 ? "not told apart" : "a difference";
    return `${name.padEnd(14)} ${one}, ${other}: ${percent(value)} (${percent(low)} to ${percent(high)}), ${verdict}`;
  });
  const test = mcnemar
    ? `McNemar        ${mcnemar.onlyFirstRight} pairs right by the first alone, ${mcnemar.onlySecondRight} by the second: p = ${mcnemar.p.toFixed(3)}`
    : null;
  return [
    `compared       ${names[0]}, then ${names[1]}, and the second less the first`,
    ...lines,
    ...(test ? [test] : []),
  ];
}
