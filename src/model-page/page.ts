import type { Card } from "../zoo/cards/card.ts";
import { type DescribeExtras, describeCard } from "./describe.ts";
import { drawBlock, drawProse, drawSection, drawValue } from "./draw.ts";
import { html, raw } from "./html.ts";
import { STYLE } from "./style.ts";

/** Even if a card's text were markup, nothing could run or be fetched. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/**
 * A model's page: all that its card says, in the order of the Luxonis zoo's pages. One HTML file that needs nothing
 * else: no script, no request; light or dark as the reader's system is; fit for a phone and for paper.
 */
export function modelPage(card: Card, extras: DescribeExtras = {}): string {
  const { title, slug, summary, facts, remark, sections, use } = describeCard(card, extras);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="arcface">
<title>${title} · ${slug}</title>
<link rel="icon" href="data:,">
<style>${raw(STYLE)}</style>
</head>
<body>
<header>
<p class="slug"><code>${slug}</code></p>
<h1>${title}</h1>
${summary === null ? null : html`<p class="summary">${summary}</p>`}
${drawBlock({ kind: "facts", facts })}
${remark === null ? null : html`<p class="remark">${drawProse(remark)}</p>`}
</header>
<main>
${[...sections, ...use].map((section) => drawSection(section))}</main>
<footer><p>${drawValue(`Drawn by arcface from the card of ${slug}.`)} What its publisher leaves open is ${drawValue(null)}.</p></footer>
</body>
</html>
`.text;
}
