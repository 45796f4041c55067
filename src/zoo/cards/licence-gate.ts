import { ArcfaceError } from "../../errors.ts";
import type { Card } from "./card.ts";

/**
 * Whether weights may be used commercially, as far as whoever publishes them says.
 *
 * @param asked what somebody named, where the card is a stage of it.
 * @param instead slugs of the same kind that may.
 * @returns what should be known though it may; `null` where nothing.
 * @throws {ArcfaceError} LICENCE
 */
export function passCommercially(card: Card, asked: string, instead: readonly string[]): string | null {
  const { slug, licence } = card;
  if (licence.commercial) return licence.note === undefined ? null : `${slug}: ${licence.name}: ${licence.note}`;
  const whose = card.developedBy ?? slug.split("/")[0];
  const stage = asked === slug ? "" : `, a stage of ${asked}`;
  const note = licence.note === undefined ? "" : `: ${licence.note}`;
  throw new ArcfaceError(
    "LICENCE",
    `zoo: ${slug}${stage}, by ${whose}, is not for commercial use (licence: ${licence.name})${note}`,
    { hint: whatInstead(instead) },
  );
}

/** For a model that has no card yet: nobody can say what it allows. @throws {ArcfaceError} LICENCE */
export function refuseUnknownLicence(slug: string, source: string): never {
  throw new ArcfaceError("LICENCE", `zoo: ${slug} of ${source} has no card that says its licence`, {
    hint: `a card of one's own may say it (docs/model-cards.md); ${whatInstead([])}`,
  });
}

function whatInstead(slugs: readonly string[]): string {
  const some = slugs.length === 0 ? "" : ` (${slugs.slice(0, 3).join(", ")} …)`;
  return `\`arcface models list --commercial\` shows what may be used${some}; without --commercial and ARCFACE_COMMERCIAL nothing is refused`;
}
