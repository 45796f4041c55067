import type { Card } from "../zoo/cards/card.ts";
import { formatMetric } from "./numbers.ts";
import { type Block, type Column, compact, type Section, type Value } from "./sections.ts";

type Result = Card["results"][number];

/** Metrics by the names that people know. */
const METRIC_NAMES: Readonly<Record<string, string>> = { accuracy: "Recognition accuracy", AP: "Average precision" };

const nameOf = (metric: string): string => METRIC_NAMES[metric] ?? metric;

export function testingDetails(card: Card): Section | null {
  const { evaluation, results } = card;
  const prose: Block[] = evaluation?.description ? [{ kind: "prose", text: evaluation.description }] : [];
  const metrics: Block[] = results.length > 0 ? [...prose, metricsTable(results)] : prose;
  const sections = compact([
    { title: "Metrics", blocks: metrics },
    { title: "Decision thresholds", blocks: thresholds(card) },
  ]);
  return sections.length === 0 ? null : { title: "Testing details", blocks: [], sections };
}

/** What was published beside what was measured here: one row for each data set, training, protocol and metric. */
function metricsTable(results: readonly Result[]): Block {
  const keys = [...new Set(results.map(keyOf))];
  const groups = keys.map((key) => results.filter((result) => keyOf(result) === key));
  const metrics = [...new Set(results.map(({ metric }) => nameOf(metric)))];
  const hasTraining = results.some(({ trainedOn }) => trainedOn !== undefined);
  const hasProtocol = results.some(({ protocol }) => protocol !== undefined);
  const [ours, published] = [results.filter(isOurs), results.filter(isPublished)];
  const rows = groups.map((group): Value[] => [
    group[0]!.dataset,
    ...(hasTraining ? [group[0]!.trainedOn ?? null] : []),
    ...(hasProtocol ? [group[0]!.protocol ?? null] : []),
    ...(metrics.length > 1 ? [nameOf(group[0]!.metric)] : []),
    ...(published.length > 0 ? [figureOf(group.find(isPublished), "none published")] : []),
    ...(ours.length > 0 ? [figureOf(group.find(isOurs), "not measured")] : []),
  ]);
  // One metric stands in the titles; of several, each row names its own.
  const of = (whose: string): string =>
    metrics.length === 1 ? `${metrics[0]}, ${whose}` : `${whose[0]!.toUpperCase()}${whose.slice(1)}`;
  const columns: Column[] = [
    { title: "Evaluation dataset" },
    ...(hasTraining ? [{ title: "Training dataset" }] : []),
    ...(hasProtocol ? [{ title: "Protocol" }] : []),
    ...(metrics.length > 1 ? [{ title: "Metric" }] : []),
    ...(published.length > 0 ? [figures(of("published"))] : []),
    ...(ours.length > 0 ? [figures(of("measured here"))] : []),
  ];
  return {
    kind: "table",
    caption: metrics.length === 1 ? metrics[0]! : "Metrics",
    columns,
    rows,
    notes: [
      ...new Set([
        ...published.map(({ measuredBy, source, command }) => `Published: ${measuredBy ?? source ?? command}.`),
        ...ours.map(({ dataset, protocol, metric, command }) =>
          [dataset, ...(protocol === undefined ? [] : [protocol]), `${metric}: \`${command}\`.`].join(", "),
        ),
        ...(ours.length === 0 ? ["None of it was measured here."] : []),
      ]),
    ],
  };
}

const figures = (title: string): Column => ({ title, is: "number" });

const keyOf = ({ dataset, trainedOn, protocol, metric }: Result): string =>
  JSON.stringify([dataset, trainedOn, protocol, metric]);

/** A figure that a command of this project gave. */
const isOurs = ({ measuredBy, command }: Result): boolean => measuredBy === undefined && command !== undefined;
const isPublished = (result: Result): boolean => !isOurs(result);

function figureOf(result: Result | undefined, otherwise: string): string {
  return result ? formatMetric(result.metric, result.value, result.std) : otherwise;
}

function thresholds(card: Card): Block[] {
  if (card.kind !== "recognizer") return [];
  if (card.thresholds.length === 0)
    return [{ kind: "prose", text: "None was measured; name one of your own where a decision is wanted." }];
  return [
    {
      kind: "table",
      caption: "Decision thresholds",
      columns: [
        { title: "False accept rate" },
        { title: "Measured on" },
        { title: "Cosine similarity from", is: "number" },
      ],
      rows: card.thresholds.map(({ falseAcceptRate, threshold, measuredOn }) => [
        falseAcceptRate.toExponential(),
        measuredOn,
        threshold.toFixed(3),
      ]),
      notes: ["The first is the default."],
    },
  ];
}
