import type { Evaluation, MissedImage } from "../evaluate/evaluation.ts";
import { htmlDocument } from "../model-page/document.ts";
import { type Html, html } from "../model-page/html.ts";
import type { ColumnReport } from "./columns.ts";
import type { Comparison } from "./comparison.ts";
import type { Failures, SearchFailures } from "./failures.ts";
import { figureTitle } from "./figure-title.ts";
import { percent, span, thousands } from "./format.ts";
import { type Chart, charts } from "./parts/charts-part.ts";
import { columnsPart } from "./parts/columns-part.ts";
import { comparisonPart } from "./parts/comparison-part.ts";
import { failuresPart } from "./parts/failures-part.ts";
import { figuresPart } from "./parts/figures-part.ts";
import { foldsPart } from "./parts/folds-part.ts";
import { missedPart } from "./parts/missed-part.ts";
import type { ShowPicture } from "./parts/picture.ts";
import { provenancePart } from "./parts/provenance-part.ts";
import { searchesPart } from "./parts/searches-part.ts";
import { REPORT_STYLE } from "./style.ts";

export type PageInput = {
  readonly evaluation: Evaluation;
  readonly comparison: Comparison | null;
  readonly columns: readonly ColumnReport[];
  readonly failures: Failures;
  readonly searches: SearchFailures;
  /** Of those missed, the ones that are shown. */
  readonly missed: readonly MissedImage[];
  readonly charts: readonly Chart[];
  readonly columnCharts: readonly Chart[];
  readonly show: ShowPicture;
};

/** How many tiles of figures stand at the top. */
const HEADLINES = 3;

/**
 * A report as one HTML file that needs nothing else: no script, no request, pictures and figures within it; light or dark
 * as the reader's system is, fit for a phone and for paper.
 */
export function reportPage(input: PageInput): string {
  const { evaluation, comparison, columns, failures, searches, show } = input;
  const { protocol, verification, identification } = evaluation;
  const body = html`${header(input)}
<main>
${figuresPart(evaluation)}<section><h2 id="curves">Curves</h2>${charts(input.charts)}</section>
${comparison && comparisonPart(comparison, show)}${verification && foldsPart(verification)}${columnsPart(columns, input.columnCharts)}
${identification && searchesPart(identification, searches, show)}${verification && failuresPart(failures, show)}${missedPart(evaluation, input.missed, show)}${provenancePart(evaluation)}</main>
<footer><p>Drawn by arcface. results.json beside this page has its figures, evaluation.json every score, figures/ the drawings.</p></footer>`;
  return htmlDocument({ title: `${protocol.title}: ${evaluation.recognizer.name}`, style: REPORT_STYLE, body });
}

function header({ evaluation, comparison }: PageInput): Html {
  const { protocol, recognizer, detector, figures, missed } = evaluation;
  const faces = detector === null ? "faces as the data set gives them" : `faces found by ${detector.name}`;
  const beside = comparison === null ? "" : `, beside ${comparison.names[1]}`;
  return html`<header>
<p class="slug"><code>${recognizer.name}</code></p>
<h1>${protocol.title}</h1>
<p class="summary">${recognizer.name}, ${faces}${beside}.</p>
<dl class="facts headline">${figures
    .filter(({ value }) => value !== null)
    .slice(0, HEADLINES)
    .map(({ name, value, interval }) =>
      tile(figureTitle(name).title, percent(value!), interval && `${span(interval)} (95\u00a0%)`),
    )}${tile("Not detected", `${thousands(missed.length)}`, `of ${thousands(protocol.images)} pictures`)}</dl>
<p class="remark"><b>This page shows the faces and names of people.</b> They are within the file, which sends nothing anywhere. Pass it on only as the data set's licence and those people allow; results.json has the figures without them.</p>
</header>`;
}

function tile(label: string, value: string, note: string | null): Html {
  return html`<div><dt>${label}</dt><dd>${value}</dd>${note === null ? null : html`<dd>${note}</dd>`}</div>`;
}
