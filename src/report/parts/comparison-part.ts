import { type Html, html } from "../../model-page/html.ts";
import type { ComparedFigure, Comparison } from "../comparison.ts";
import { figureTitle } from "../figure-title.ts";
import { count, percent, points } from "../format.ts";
import { type Cell, table } from "../table.ts";
import { pairList } from "./failures-part.ts";
import type { ShowPicture } from "./picture.ts";

/** Two models on the same pairs: differences with their intervals, and the pairs that only one of them judges rightly. */
export function comparisonPart(comparison: Comparison, show: ShowPicture): Html {
  const { names, figures, mcnemar, onlyFirstRight, onlySecondRight } = comparison;
  const columns = [
    { title: "Figure" },
    { title: names[0], is: "number" as const },
    { title: names[1], is: "number" as const },
    { title: "Difference", is: "number" as const },
  ];
  const rows = figures.map((figure): Cell[] => [
    figureTitle(figure.name).title,
    valueCell(figure.first),
    valueCell(figure.second),
    differenceOf(figure),
  ]);
  return html`<section><h2 id="comparison">Two models</h2>
<p>${names[1]} beside ${names[0]}, on the same pairs. A difference is in points, the second less the first; its 95 % interval draws the same people for both, so that what is hard for both cancels. Where the interval holds 0, the two cannot be told apart by this data set.</p>
${table("Two models", columns, rows)}
${mcnemar === null ? null : mcnemarText(comparison, mcnemar)}
${only(names[0], onlyFirstRight, "first-right", show)}${only(names[1], onlySecondRight, "second-right", show)}</section>
`;
}

function valueCell(value: number | null): Cell {
  return value === null ? html`<em class="unstated">too few to tell</em>` : percent(value);
}

function differenceOf({ difference }: ComparedFigure): Cell {
  if (difference === null) return null;
  const { value, low, high } = difference;
  if (Number.isNaN(low)) return points(value);
  const verdict = low <= 0 && high >= 0 ? "not told apart" : "a difference";
  return html`${points(value)}<small>${points(low)} to ${points(high)}: ${verdict}</small>`;
}

function mcnemarText(
  { names }: Comparison,
  { onlyFirstRight, onlySecondRight, p }: NonNullable<Comparison["mcnemar"]>,
): Html {
  const chance = p < 0.001 ? "less than 0.001" : p.toFixed(3);
  return html`<p>${names[0]} alone judges ${count(onlyFirstRight, "pair")} rightly, ${names[1]} alone ${count(onlySecondRight, "pair")}. Were the two equally good, so uneven a split would come by chance with a probability of ${chance} (McNemar's exact test, which takes pairs for independent).</p>`;
}

function only(right: string, failures: Comparison["onlyFirstRight"], id: string, show: ShowPicture): Html | null {
  if (failures.length === 0) return null;
  return html`<h3 id="${id}">Only ${right} is right</h3>
<p>Those first that the two score most differently.</p>
${pairList(failures, show)}`;
}
