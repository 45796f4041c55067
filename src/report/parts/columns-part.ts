import type { Interval } from "../../metrics/bootstrap.ts";
import { type Html, html } from "../../model-page/html.ts";
import type { ColumnReport } from "../columns.ts";
import { cosine, percent, span, thousands } from "../format.ts";
import { type Cell, table } from "../table.ts";
import { type Chart, charts } from "./charts-part.ts";

/** A table a column: what one threshold means for each of its values. */
export function columnsPart(columns: readonly ColumnReport[], drawn: readonly Chart[]): Html | null {
  if (columns.length === 0) return null;
  return html`<section><h2 id="columns">By column</h2>
<p>Pairs with the same value together, all judged at one threshold: cosine ${cosine(columns[0]!.table.threshold)}. A threshold for each would hide the gaps.</p>
${charts(drawn)}
${columns.map(
  ({ name, table: { rows, tarGap, farGap } }) => html`<h3>${name}</h3>
${table(
  name,
  [
    { title: name },
    { title: "Genuine accepted", is: "number" },
    { title: "Impostors accepted", is: "number" },
    { title: "Pairs", is: "number" },
  ],
  [
    ...rows.map(({ value, tar, far, genuine, impostor }): Cell[] => [
      value,
      rate(tar),
      rate(far),
      html`${thousands(genuine)} + ${thousands(impostor)}<small>genuine + impostor</small>`,
    ]),
    ...(tarGap || farGap ? [["Largest gap", rate(tarGap), rate(farGap), null] as Cell[]] : []),
  ],
)}`,
)}</section>
`;
}

function rate(interval: Interval | null): Cell {
  if (interval === null) return null;
  const { value, low, high } = interval;
  return html`${percent(value)}${Number.isNaN(low) ? null : html`<small>${span([low, high])}</small>`}`;
}
