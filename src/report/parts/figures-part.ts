import type { Evaluation, Figure, PublishedFigure } from "../../evaluate/evaluation.ts";
import { type Html, html } from "../../model-page/html.ts";
import { figureTitle } from "../figure-title.ts";
import { cosine, percent, span } from "../format.ts";
import { table } from "../table.ts";

/** Every figure with its interval, and what others published beside it. */
export function figuresPart({ figures, published, verification, identification }: Evaluation): Html {
  const hasStrangers = identification?.probes.mate.includes(null) ?? true;
  const isBeside = published.length > 0;
  const columns = [
    { title: "Figure" },
    { title: "Here", is: "number" as const },
    { title: "95 % interval", is: "number" as const },
    ...(isBeside ? [{ title: "Published" }] : []),
  ];
  const rows = figures.map((figure) => {
    const { title, note } = figureTitle(figure.name, { hasStrangers });
    const below = [note, figure.threshold === undefined ? "" : `at cosine ${cosine(figure.threshold)}`];
    return [
      html`${title}<small>${below.filter((text) => text !== "").join(", ")}</small>`,
      valueCell(figure),
      figure.interval === null ? null : span(figure.interval),
      ...(isBeside ? [publishedOf(published.filter((one) => one.figure === figure.name))] : []),
    ];
  });
  const folds = verification?.folds?.length ?? 0;
  return html`<section><h2 id="figures">Figures</h2>
${table("Figures", columns, rows)}
<ul class="notes">
<li>The interval is where the figure would lie for other people of the same kind, 95 times of 100: a bootstrap that draws people, not pairs. Where nobody erred, it is the exact bound of so many people.</li>
${figures.some(({ support }) => support !== undefined) ? html`<li>Roughly: fewer than ten pairs or searches decide where that rate lies.</li>` : null}
${folds > 1 ? html`<li>The accuracy is the mean over ${folds} folds, each judged at the threshold that is best on the others; ± is the standard deviation over folds.</li>` : null}
${isBeside ? html`<li>Published figures are of other networks on the same protocol, and were not measured here.</li>` : null}
</ul></section>
`;
}

function valueCell({ value, std, support }: Figure): Html {
  if (value === null) return html`<em class="unstated">too few to tell</em>`;
  return html`${percent(value)}${std === undefined ? null : html`<small>± ${(100 * std).toFixed(2)}</small>`}${support === undefined ? null : html`<small>roughly</small>`}`;
}

function publishedOf(published: readonly PublishedFigure[]): Html | null {
  if (published.length === 0) return null;
  return html`<ul>${published.map(
    ({ value, of, source }) => html`<li>${percent(value)} ${of}<small>${source}</small></li>`,
  )}</ul>`;
}
