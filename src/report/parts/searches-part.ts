import type { Identified } from "../../evaluate/evaluation.ts";
import { type Html, html } from "../../model-page/html.ts";
import type { Failure, SearchFailures } from "../failures.ts";
import { count, percent, thousands } from "../format.ts";
import { table } from "../table.ts";
import { pairList } from "./failures-part.ts";
import type { ShowPicture } from "./picture.ts";

/** What a search came to: by the number of strangers, and the worst wrong names. */
export function searchesPart(identified: Identified, worst: SearchFailures, show: ShowPicture): Html {
  const { enrolled, distractors, probes, byDistractors } = identified;
  const known = probes.mate.filter((mate) => mate !== null).length;
  const unknown = probes.mate.length - known;
  return html`<section><h2 id="searches">Searches</h2>
<p>${count(known, "probe")} of ${distractors === enrolled ? "people" : "enrolled people"}${unknown > 0 ? `, ${count(unknown, "probe")} of strangers` : ""}, each sought among ${crowdText(enrolled, distractors)}.</p>
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
${failureList("wrong-names", "Worst wrong names", "People for whom somebody else came first: the probe, and who was taken for them, the most certain first.", worst.wrongNames, show)}${failureList("strangers", "Strangers most like somebody", "People who are not enrolled, and whom they would be taken for: the most alike first.", worst.strangers, show)}${failureList("faint", "Found least surely", "The probe and the person's own template, the least alike first, whether they were found or not.", worst.faint, show)}`;
}

function crowdText(enrolled: number, distractors: number): string {
  if (distractors === enrolled) return `their mate and ${count(distractors, "distractor")}`;
  const among = distractors > 0 ? `, of which ${thousands(distractors)} are distractors` : "";
  return `${count(enrolled, "template")}${among}`;
}

function failureList(
  id: string,
  title: string,
  text: string,
  failures: readonly Failure[],
  show: ShowPicture,
): Html | null {
  if (failures.length === 0) return null;
  return html`<section><h2 id="${id}">${title}</h2>
<p>${text}</p>
${pairList(failures, show)}</section>
`;
}
