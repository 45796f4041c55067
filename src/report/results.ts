import type { Evaluation } from "../evaluate/evaluation.ts";
import type { ColumnReport } from "./columns.ts";
import type { Comparison } from "./comparison.ts";

/** The figures of a report, without the names and pictures of people: what a gate reads, and what may be kept in public. */
export type Results = Omit<Evaluation, "items" | "verification" | "identification" | "missed"> & {
  readonly missed: number;
  readonly pairs: { readonly genuine: number; readonly impostor: number } | null;
  readonly folds: readonly { readonly accuracy: number; readonly threshold: number }[] | null;
  readonly columns: readonly ColumnReport[];
  readonly comparison: Pick<Comparison, "names" | "figures" | "mcnemar"> | null;
};

export function resultsOf(
  evaluation: Evaluation,
  columns: readonly ColumnReport[],
  comparison: Comparison | null,
): Results {
  const { items: _, verification, identification: __, missed, ...rest } = evaluation;
  return {
    ...rest,
    missed: missed.length,
    pairs: verification && { genuine: verification.genuine, impostor: verification.impostor },
    folds: verification?.folds ?? null,
    columns,
    comparison: comparison && { names: comparison.names, figures: comparison.figures, mcnemar: comparison.mcnemar },
  };
}
