import type { Evaluation, MissedImage } from "../../evaluate/evaluation.ts";
import { type Html, html } from "../../model-page/html.ts";
import { count, thousands } from "../format.ts";
import { breakable, picture, type ShowPicture } from "./picture.ts";

/** What no embedding came of, and what that means for the figures. */
export function missedPart({ missed, protocol }: Evaluation, shown: readonly MissedImage[], show: ShowPicture): Html {
  if (missed.length === 0)
    return html`<section><h2 id="missed">Not detected</h2><p>A face was found in each of ${count(protocol.images, "picture")}.</p></section>
`;
  const kinds = [...new Set(missed.map(({ why }) => why))].map(
    (why) => `${thousands(missed.filter((one) => one.why === why).length)} ${WHY[why]}`,
  );
  return html`<section><h2 id="missed">Not detected</h2>
<p>Of ${count(protocol.images, "picture")}, ${kinds.join(", ")}. What has no embedding scores −1 with everything: it counts as another person, rightly or wrongly, and is among the figures.</p>
<ul class="missed">${shown.map(
    ({
      image,
      why,
    }) => html`<li><figure>${picture(why === "no face" ? image : undefined, show)}<figcaption>${breakable(image.split("/").at(-1)!)}${why === "no face" ? null : `: ${why}`}</figcaption></figure></li>
`,
  )}</ul>
${shown.length < missed.length ? html`<p>and ${thousands(missed.length - shown.length)} more, which evaluation.json names.</p>` : null}</section>
`;
}

const WHY: Readonly<Record<MissedImage["why"], string>> = {
  "no face": "without a face that was found",
  unreadable: "that cannot be read",
  absent: "that are not there",
};
