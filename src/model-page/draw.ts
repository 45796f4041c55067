import { type Html, html } from "./html.ts";
import { type Block, NOT_STATED, type Section, type Value } from "./sections.ts";

type Drawing = { readonly [Kind in Block["kind"]]: (block: Extract<Block, { kind: Kind }>) => Html };

const drawings: Drawing = {
  prose: ({ text }) => html`<p>${text === null ? drawValue(text) : drawProse(text)}</p>`,
  facts: ({ facts }) =>
    html`<dl class="facts">${facts.map(
      ({ label, value }) =>
        html`<div><dt>${label}</dt>${values(value).map((v) => html`<dd>${drawValue(v)}</dd>`)}</div>`,
    )}</dl>`,
  items: ({ items }) =>
    html`<ul class="items">${items.map(
      ({ title, text, details = [] }) =>
        html`<li><p class="item">${drawValue(title)}${details.map((d) => html` <span class="tag">${d}</span>`)}</p>
        ${text === undefined ? null : html`<p>${drawProse(text)}</p>`}</li>`,
    )}</ul>`,
  table: ({ caption, columns, rows, notes = [] }) => {
    const kind = (i: number): Html | null => (columns[i]?.is ? html` class="${columns[i].is}"` : null);
    const head = columns.map(({ title }, i) => html`<th scope="col"${kind(i)}>${title}</th>`);
    const row = (cells: readonly Value[]): Html =>
      html`<tr>${cells.map((cell, i) =>
        i === 0 ? html`<th scope="row"${kind(i)}>${drawValue(cell)}</th>` : html`<td${kind(i)}>${drawValue(cell)}</td>`,
      )}</tr>`;
    return html`<div class="table" role="region" aria-label="${caption}" tabindex="0"><table>
      <caption>${caption}</caption><thead><tr>${head}</tr></thead><tbody>${rows.map(row)}</tbody></table></div>
      ${notes.length === 0 ? null : html`<ul class="notes">${notes.map((note) => html`<li>${drawProse(note)}</li>`)}</ul>`}`;
  },
  bars: ({ caption, bars }) => {
    const most = Math.max(...bars.map(({ value }) => value));
    const [step, top] = [44, 18];
    const said = bars.map(({ label, shown }) => `${label}: ${shown}`).join("; ");
    return html`<figure><figcaption>${caption}</figcaption>
      <svg role="img" aria-label="${caption}: ${said}" width="100%" height="${bars.length * step}">${bars.map(
        ({ label, value, shown }, i) =>
          html`<text x="0" y="${i * step + 12}">${label}</text><text x="100%" y="${i * step + 12}" text-anchor="end">${shown}</text>
          <rect class="track" x="0" y="${i * step + top}" width="100%" height="10" rx="5"/><rect class="bar" x="0" y="${i * step + top}" width="${((100 * value) / most).toFixed(2)}%" height="10" rx="5"/>`,
      )}</svg></figure>`;
  },
  code: ({ title, code, note }) =>
    html`${title === undefined ? null : html`<p class="lead">${title}</p>`}<pre tabindex="0"><code>${code}</code></pre>
    ${note === undefined ? null : html`<ul class="notes"><li>${note}</li></ul>`}`,
};

export function drawSection({ title, blocks, sections = [] }: Section, level: number = 2): Html {
  const id = `${level > 2 ? "part-" : ""}${title.toLowerCase().replace(/[^a-z0-9]+/g, "-")}`;
  const heading = level === 2 ? html`<h2 id="${id}">${title}</h2>` : html`<h3 id="${id}">${title}</h3>`;
  return html`<section aria-labelledby="${id}">${heading}
    ${blocks.map(drawBlock)}${sections.map((section) => drawSection(section, level + 1))}</section>\n`;
}

export function drawBlock(block: Block): Html {
  return (drawings[block.kind] as (block: Block) => Html)(block);
}

/** Only addresses of the web become links: `javascript:` runs what it says. */
export function drawValue(value: Value): Html {
  if (value === null) return html`<em class="unstated">${NOT_STATED}</em>`;
  if (typeof value === "string") return html`${value}`;
  return /^https?:\/\//i.test(value.href) ? html`<a href="${value.href}">${value.text}</a>` : html`${value.text}`;
}

/** Text with commands between backticks. */
export function drawProse(text: string): Html {
  return html`${text.split("`").map((part, i) => (i % 2 === 1 ? html`<code>${part}</code>` : part))}`;
}

function values(value: Value | readonly Value[]): readonly Value[] {
  return Array.isArray(value) ? value : [value as Value];
}
