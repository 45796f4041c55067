import { htmlDocument } from "../model-page/document.ts";
import { type Html, html } from "../model-page/html.ts";
import type { CleanedClass, CleanReport } from "./report.ts";

/** A picture on the page: a `data:` address, or `null` where it could not be had. */
export type Thumbnail = (image: string) => string | null;

export type PageInput = {
  readonly report: CleanReport;
  /** What was cleaned, and with which recogniser. */
  readonly data: string;
  readonly recognizer: string;
  /** How the centres were made, in words. */
  readonly centres: string;
  readonly unread: readonly { readonly image: string; readonly why: string }[];
  /** [n], degrees: drawn as a histogram. */
  readonly angles: ArrayLike<number>;
  /** Of each class, some pictures that are kept. */
  readonly keptExamples: ReadonlyMap<number, readonly string[]>;
  readonly thumbnail: Thumbnail;
};

/** How many pictures of a class, and how many classes, the page shows; the JSON has all. */
export const SHOWN = { worst: 48, kept: 4, dropped: 12, classes: 300 } as const;

const OWN_STYLE = `
.faces { display: flex; flex-wrap: wrap; gap: 0.4rem; margin: 0 0 0.5rem; }
.faces figure { margin: 0; width: 5rem; }
.faces img, .faces .none { display: block; width: 5rem; height: 5rem; border-radius: 6px; background: var(--track); }
.faces .out img { outline: 2px solid #c0392b; outline-offset: -2px; }
.faces figcaption { margin: 0; font-size: 0.7rem; line-height: 1.3; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.cut { stroke: #c0392b; stroke-width: 2; }
`;

/** The classes that lose something, those that lose most first: what the page shows. */
export function shownClasses({ perClass }: CleanReport): CleanedClass[] {
  const losing = perClass.filter(({ dropped }) => dropped.length > 0);
  return losing.sort((a, b) => b.dropped.length - a.dropped.length || a.label - b.label).slice(0, SHOWN.classes);
}

/** The pictures that are farthest from the persons they are labelled as. */
export function worstImages({ perClass }: CleanReport) {
  const all = perClass.flatMap(({ name, dropped }) => dropped.slice(0, SHOWN.worst).map((one) => ({ ...one, name })));
  return all.sort((a, b) => b.angle - a.angle).slice(0, SHOWN.worst);
}

/** The report as one HTML file that needs nothing else: no script, no request. */
export function cleanPage(input: PageInput): string {
  const { report, data, recognizer, centres, unread, thumbnail } = input;
  const { images, kept, dropped, classes, emptied, threshold, subCenters, anatomy } = report;
  const losing = shownClasses(report);
  const body = html`<header>
<p class="slug"><code>${data}</code></p>
<h1>${dropped} of ${images} pictures dropped</h1>
<p class="summary">They lie ${threshold}° or more from the centre that most pictures of their class are nearest to.</p>
<dl class="facts">
${fact("Kept", `${kept} (${percent(kept, images)})`)}
${fact("Classes", `${classes}, of which ${emptied} lose everything`)}
${fact("Centres a class", `${subCenters}, ${centres}`)}
${fact("Recogniser", recognizer)}
</dl>
</header>
<main>
<h2>Anatomy</h2>
<div class="table"><table>
<caption>Pictures by the centre they are nearest to, and by their angle</caption>
<thead><tr><th>Nearest centre</th><th class="number">below ${threshold}°: kept</th><th class="number">dropped</th></tr></thead>
<tbody>
${anatomyRow("the dominant one", anatomy.dominantKept, anatomy.dominantDropped, images)}
${anatomyRow("another", anatomy.otherKept, anatomy.otherDropped, images)}
</tbody></table></div>
${histogram(input.angles, threshold)}
<h2>The farthest</h2>
<div class="faces">${worstImages(report).map((one) => face(one.image, `${one.angle.toFixed(0)}° ${one.name}`, thumbnail, true))}</div>
<h2>Classes that lose pictures</h2>
<p>${losing.length} of ${classes} are shown, those that lose most first: kept pictures, then dropped ones with a red edge.</p>
${losing.map((one) => classPart(one, input))}
${unread.length === 0 ? null : html`<h2>Not read</h2><ul class="notes">${unread.slice(0, 100).map(({ image, why }) => html`<li>${image}: ${why}</li>`)}</ul>`}
</main>
<footer><p>Drawn by arcface. All that is dropped is listed in dropped.txt, what is kept in kept.lst or kept.txt; all figures are in report.json.</p></footer>`;
  return htmlDocument({ title: `Cleaning ${data}`, style: OWN_STYLE, body });
}

function fact(name: string, value: string): Html {
  return html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
}

function anatomyRow(name: string, kept: number, dropped: number, all: number): Html {
  return html`<tr><th>${name}</th><td class="number">${kept} (${percent(kept, all)})</td><td class="number">${dropped} (${percent(dropped, all)})</td></tr>`;
}

function classPart(one: CleanedClass, { keptExamples, thumbnail }: PageInput): Html {
  const { name, label, images, kept, dominantShare, dropped } = one;
  const rest = dropped.length - SHOWN.dropped;
  return html`<h3>${name}</h3>
<p>${kept} of ${images} kept; ${(100 * dominantShare).toFixed(0)} % are nearest to the dominant centre.</p>
<div class="faces">
${(keptExamples.get(label) ?? []).map((image) => face(image, "kept", thumbnail, false))}
${dropped.slice(0, SHOWN.dropped).map(({ image, angle }) => face(image, `${angle.toFixed(0)}°`, thumbnail, true))}
</div>
${rest > 0 ? html`<p>and ${rest} more</p>` : null}
`;
}

function face(image: string, caption: string, thumbnail: Thumbnail, isOut: boolean): Html {
  const address = thumbnail(image);
  const picture =
    address === null ? html`<span class="none"></span>` : html`<img src="${address}" alt="${image}" title="${image}">`;
  return html`<figure class="${isOut ? "out" : "in"}">${picture}<figcaption>${caption}</figcaption></figure>`;
}

const [WIDTH, HEIGHT, BIN] = [700, 150, 2.5];

/** Angles from 0° to 120°, those beyond in the last bar, and where the cut is. */
function histogram(angles: ArrayLike<number>, threshold: number): Html {
  const bins = new Uint32Array(120 / BIN);
  for (let i = 0; i < angles.length; i++) bins[Math.min(bins.length - 1, Math.floor(angles[i]! / BIN))]!++;
  const most = Math.max(1, ...bins);
  const [step, x] = [WIDTH / bins.length, (degrees: number) => (degrees / 120) * WIDTH];
  const bars = Array.from(bins, (count, i) => {
    const height = (count / most) * HEIGHT;
    return html`<rect class="bar" x="${i * step}" y="${HEIGHT - height}" width="${step - 1}" height="${height}"/>`;
  });
  const ticks = [0, 30, 60, 90, 120].map(
    (degrees) => html`<text x="${x(degrees)}" y="${HEIGHT + 20}" text-anchor="middle">${degrees}°</text>`,
  );
  const cut = Math.min(WIDTH, x(threshold));
  return html`<figure><figcaption>Angles to the dominant centre; the line is the threshold.</figcaption>
<svg viewBox="-15 0 ${WIDTH + 30} ${HEIGHT + 26}" width="100%">${bars}${ticks}<line class="cut" x1="${cut}" x2="${cut}" y1="0" y2="${HEIGHT}"/></svg></figure>`;
}

function percent(part: number, all: number): string {
  return `${((100 * part) / Math.max(1, all)).toFixed(1)} %`;
}
