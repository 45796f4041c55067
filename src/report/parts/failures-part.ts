import type { EvaluatedItem } from "../../evaluate/evaluation.ts";
import { type Html, html } from "../../model-page/html.ts";
import type { Failure, Failures } from "../failures.ts";
import { cosine, count, thousands } from "../format.ts";
import { breakable, picture, type ShowPicture } from "./picture.ts";

/** The pairs that went wrong, or came nearest to it, with their pictures. */
export function failuresPart({ falseMatches, misses, wrong }: Failures, show: ShowPicture): Html {
  const told = (n: number | undefined, what: string): string =>
    n === undefined
      ? ""
      : n === 0
        ? `No pair was ${what}; these come nearest. `
        : `${count(n, "pair was", "pairs were")} ${what}. `;
  return html`<section><h2 id="false-matches">Worst false matches</h2>
<p>${told(wrong?.falseMatches, "taken for one person wrongly")}Two people each, those most alike first.</p>
${pairList(falseMatches, show)}</section>
<section><h2 id="misses">Worst misses</h2>
<p>${told(wrong?.misses, "taken for two people wrongly, though both faces were found")}One person each, those least alike first.</p>
${pairList(misses, show)}</section>
`;
}

export function pairList(failures: readonly Failure[], show: ShowPicture): Html {
  return html`<ol class="pairs">${failures.map(
    (failure) => html`<li><div class="pair">${side(failure.a, show)}${side(failure.b, show)}</div>
<p class="verdict"><b>${cosine(failure.score)}</b>${verdict(failure)}</p></li>
`,
  )}</ol>`;
}

function side({ name, person, images, imageCount }: EvaluatedItem, show: ShowPicture): Html {
  const [first] = images;
  const more = imageCount > 1 ? html` <span>(the first of ${thousands(imageCount)})</span>` : null;
  return html`<figure>${picture(first, show)}<figcaption>${breakable(nameOf(name, person))}${more}</figcaption></figure>`;
}

/** The end of a path, behind whose picture it is where the path does not say it. */
function nameOf(name: string, person: string | null): string {
  const end = name.split("/").at(-1)!;
  return person === null || end.startsWith(person) ? end : `${person}: ${end}`;
}

function verdict({ threshold, isWrong, isSame, other }: Failure): Html {
  if (other !== undefined) return html` and <b>${cosine(other)}</b>, ${isSame ? "one person" : "two people"}`;
  if (threshold === null) return html` cosine similarity`;
  const side = isWrong ? html`<span class="wrong">wrong</span>` : html`right`;
  return html`, threshold ${cosine(threshold)}: ${side}`;
}
