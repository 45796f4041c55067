import type { Card } from "../zoo/cards/card.ts";
import { type DescribeExtras, describeCard } from "./describe.ts";
import { htmlDocument } from "./document.ts";
import { drawBlock, drawProse, drawSection, drawValue } from "./draw.ts";
import { html } from "./html.ts";

/**
 * A model's page: all that its card says, in the order of the Luxonis zoo's pages. One HTML file that needs nothing
 * else: no script, no request; light or dark as the reader's system is; fit for a phone and for paper.
 */
export function modelPage(card: Card, extras: DescribeExtras = {}): string {
  const { title, slug, summary, facts, remark, sections, use } = describeCard(card, extras);
  const body = html`<header>
<p class="slug"><code>${slug}</code></p>
<h1>${title}</h1>
${summary === null ? null : html`<p class="summary">${summary}</p>`}
${drawBlock({ kind: "facts", facts })}
${remark === null ? null : html`<p class="remark">${drawProse(remark)}</p>`}
</header>
<main>
${[...sections, ...use].map((section) => drawSection(section))}</main>
<footer><p>${drawValue(`Drawn by arcface from the card of ${slug}.`)} What its publisher leaves open is ${drawValue(null)}.</p></footer>`;
  return htmlDocument({ title: `${title} · ${slug}`, body });
}
