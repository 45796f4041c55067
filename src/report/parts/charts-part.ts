import { type Html, html, raw } from "../../model-page/html.ts";

/** A figure, drawn. */
export type Chart = {
  /** Of its file: `roc`. */
  readonly name: string;
  readonly title: string;
  readonly caption: string;
  /** An SVG element for the page, see `draw`. */
  readonly svg: string;
};

export function charts(drawn: readonly Chart[]): Html | null {
  if (drawn.length === 0) return null;
  return html`<div class="charts">${drawn.map(
    ({ title, caption, svg }) => html`<figure>${raw(svg)}<figcaption><b>${title}.</b> ${caption}</figcaption></figure>
`,
  )}</div>
`;
}
