import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { writeWhole } from "../bytes/write-whole.node.ts";
import type { Evaluation } from "../evaluate/evaluation.ts";
import { fileError } from "../file-error.node.ts";
import { chartsOf, columnCharts } from "./charts.node.ts";
import { columnReports } from "./columns.ts";
import { compareEvaluations } from "./comparison.ts";
import { type Failure, worstPairs, worstSearches } from "./failures.ts";
import { toFile } from "./figures/plot.node.ts";
import { reportPage } from "./page.ts";
import { resultsOf } from "./results.ts";
import { type ReadPicture, thumbnails } from "./thumbnails.node.ts";

export type ReportOptions = {
  /** Another model by the same protocol, to stand beside. */
  readonly second?: Evaluation;
};

/** How many of each kind the page shows. */
const SHOWN = { worst: 12, disagreements: 6, missed: 60 } as const;

/**
 * Write a report into a folder: `index.html`, which needs nothing else; `results.json`, its figures without names and
 * pictures of people; `evaluation.json` (and `evaluation-second.json`), every score with the names of its pictures;
 * `figures/*.svg`. Faces of people are in the page and nowhere else but in this folder.
 *
 * @param readPicture a picture's bytes by its key; one that cannot be read is left out.
 * @returns the page's path.
 * @throws {ArcfaceError} INVALID_ARGUMENT as compareEvaluations; IO, NO_SPACE.
 */
export async function writeReport(
  folder: string,
  evaluation: Evaluation,
  readPicture: ReadPicture,
  { second }: ReportOptions = {},
): Promise<string> {
  const comparison = second ? compareEvaluations(evaluation, second, SHOWN.disagreements) : null;
  const columns = columnReports(evaluation);
  const failures = worstPairs(evaluation, SHOWN.worst);
  const searches = worstSearches(evaluation, SHOWN.worst);
  const missed = evaluation.missed.slice(0, SHOWN.missed);
  const charts = chartsOf([
    { name: comparison?.names[0] ?? evaluation.recognizer.name, evaluation },
    ...(second && comparison ? [{ name: comparison.names[1], evaluation: second }] : []),
  ]);
  const ofColumns = columnCharts(columns);
  const shown: Failure[] = [
    ...failures.falseMatches,
    ...failures.misses,
    ...searches.wrongNames,
    ...searches.strangers,
    ...searches.faint,
    ...(comparison?.onlyFirstRight ?? []),
    ...(comparison?.onlySecondRight ?? []),
  ];
  const keys = [
    ...shown.flatMap(({ a, b }) => [...a.images.slice(0, 1), ...b.images.slice(0, 1)]),
    ...missed.filter(({ why }) => why === "no face").map(({ image }) => image),
  ];
  const pictures = await thumbnails(keys, readPicture);
  const page = reportPage({
    evaluation,
    comparison,
    columns,
    failures,
    searches,
    missed,
    charts,
    columnCharts: ofColumns,
    show: (key) => pictures.get(key) ?? null,
  });
  const files: Record<string, string> = {
    "results.json": json(resultsOf(evaluation, columns, comparison), 1),
    "evaluation.json": json(evaluation),
    ...(second && { "evaluation-second.json": json(second) }),
    ...Object.fromEntries([...charts, ...ofColumns].map(({ name, svg }) => [`figures/${name}.svg`, toFile(svg)])),
    "index.html": page,
  };
  try {
    await mkdir(join(folder, "figures"), { recursive: true });
    for (const [name, text] of Object.entries(files)) await writeWhole(join(folder, name), text);
  } catch (error) {
    throw fileError(error, folder, "writing the report");
  }
  return join(folder, "index.html");
}

function json(value: unknown, indent?: number): string {
  return `${JSON.stringify(value, null, indent)}\n`;
}
