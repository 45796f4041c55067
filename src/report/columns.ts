import type { Evaluation } from "../evaluate/evaluation.ts";
import { type ColumnTable, columnTable } from "../metrics/columns.ts";
import { peoplePairsOf } from "./people-pairs.ts";

export type ColumnReport = { readonly name: string; readonly table: ColumnTable };

/**
 * What the protocol's threshold means for each value of each column: the threshold of the first figure that has one.
 * None where no pair has a column, or not all pairs are kept.
 */
export function columnReports(evaluation: Evaluation): ColumnReport[] {
  const pairs = peoplePairsOf(evaluation);
  const threshold = evaluation.figures.find((figure) => figure.threshold !== undefined)?.threshold;
  if (pairs === null || threshold === undefined) return [];
  return Object.entries(evaluation.verification!.pairs.columns)
    .filter(([, values]) => values.some((value) => value !== null))
    .map(([name, values]) => ({ name, table: columnTable(pairs, values, threshold) }));
}
