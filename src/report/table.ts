import { type Html, html } from "../model-page/html.ts";

export type TableColumn = { readonly title: string; readonly is?: "number" };

export type Cell = string | Html | null;

/**
 * A table that a phone shows as a list: below each row's name its cells, with the columns' titles before them. An empty
 * cell is left out there.
 *
 * @param options.isStacked false where the columns are so narrow that a phone holds them beside each other.
 */
export function table(
  caption: string,
  columns: readonly TableColumn[],
  rows: readonly (readonly Cell[])[],
  { isStacked = true }: { readonly isStacked?: boolean } = {},
): Html {
  const kind = (i: number): Html | null => (columns[i]?.is ? html` class="${columns[i].is}"` : null);
  const head = columns.map(({ title }, i) => html`<th scope="col"${kind(i)}>${title}</th>`);
  const cell = (value: Cell, i: number): Html =>
    i === 0
      ? html`<th scope="row">${value}</th>`
      : html`<td${kind(i)} data-title="${columns[i]?.title ?? ""}">${value === null ? null : html`<div>${value}</div>`}</td>`;
  return html`<div class="table" role="region" aria-label="${caption}" tabindex="0"><table class="${isStacked ? "stacked" : "narrow"}">
<caption>${caption}</caption><thead><tr>${head}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map(cell)}</tr>\n`)}</tbody></table></div>
`;
}
