import type { Identified } from "../../evaluate/evaluation.ts";
import { type Html, html } from "../../model-page/html.ts";
import type { Failure } from "../failures.ts";
import { count, percent, thousands } from "../format.ts";
import { table } from "../table.ts";
import { pairList } from "./failures-part.ts";
import type { ShowPicture } from "./picture.ts";

/** What a search came to: by the number of strangers, and the worst wrong names. */
export function searchesPart(identified: Identified, worst: readonly Failure[], show: ShowPicture): Html {
  const { enrolled, distractors, probes, byDistractors } = identified;
  const known = probes.mate.filter((mate) => mate !== null).length;
  const unknown = probes.mate.length - known;
  return html`<section><h2 id="searches">Searches</h2>
<p>${count(known, "probe")} of enrolled people${unknown > 0 ? `, ${count(unknown, "probe")} of strangers` : ""}, each sought among ${count(enrolled, "template")}${distractors > 0 ? `, of which ${thousands(distractors)} are distractors` : ""}.</p>
${
  byDistractors.length < 2
    ? null
    : table(
        "Rank 1 by distractors",
        [
          { title: "Distractors", is: "number" },
          { title: "Rank 1", is: "number" },
        ],
        byDistractors.map(({ distractors, rank1 }) => [thousands(distractors), percent(rank1)]),
      )
}</section>
${
  worst.length === 0
    ? null
    : html`<section><h2 id="wrong-names">Worst wrong names</h2>
<p>Enrolled people for whom somebody else came first: the probe, and who was taken for them, the most certain first.</p>
${pairList(worst, show)}</section>
`
}`;
}
