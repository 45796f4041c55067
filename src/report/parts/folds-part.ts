import type { Verified } from "../../evaluate/evaluation.ts";
import { type Html, html } from "../../model-page/html.ts";
import { cosine, percent, thousands } from "../format.ts";
import { table } from "../table.ts";

export function foldsPart({ folds, pairs, isComplete }: Verified): Html | null {
  if (folds === null || folds.length < 2) return null;
  const sizes = folds.map((_, fold) => pairs.fold?.filter((of) => of === fold).length ?? 0);
  const rows = folds.map(({ accuracy, threshold }, i) => [
    `${i + 1}`,
    percent(accuracy),
    cosine(threshold),
    isComplete ? `${thousands(Math.round((1 - accuracy) * sizes[i]!))} of ${thousands(sizes[i]!)}` : null,
  ]);
  const columns = ["Fold", "Accuracy", "Threshold", "Wrong"].map((title, i) =>
    i === 0 ? { title } : { title, is: "number" as const },
  );
  return html`<section><h2 id="folds">Folds</h2>${table("Folds", columns, rows, { isStacked: false })}</section>
`;
}
