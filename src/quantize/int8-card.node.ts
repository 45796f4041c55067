import { basename } from "node:path";
import { sha256Hex } from "../bytes/sha256.ts";
import { cardText } from "../zoo/archive/archive-card.ts";
import { type Card, parseCard } from "../zoo/cards/card.ts";
import { parseSlug } from "../zoo/slug.ts";

export type Int8CardFacts = {
  /** The file that the card is of, beside which it lies. */
  readonly path: string;
  readonly bytes: Uint8Array;
  /** How it was made and what was measured, a sentence. */
  readonly how: string;
};

/**
 * The card of a network in 8 bits, as YAML: the contract and the licence of the one that it was made of. What was measured of the
 * original is not its own, so that is left out; its thresholds, of cosines that hardly change, say whose they are.
 */
export async function int8Card(original: Card, { path, bytes, how }: Int8CardFacts): Promise<string> {
  const { source: _source, sha256: _sha256, byteLength: _byteLength, ...contract } = original.model!;
  const { results: _results, variants: _variants, ...rest } = original as Card & { variants?: unknown };
  const card = {
    ...rest,
    slug: `int8/${parseSlug(original.slug).model}`,
    title: `${original.title}, int8`,
    description: `${original.slug} in 8 bits: ${how}. Its templates do not compare with those of the original.`,
    model: { ...contract, sha256: await sha256Hex(bytes), byteLength: bytes.length, source: { path: basename(path) } },
    ...(original.kind === "recognizer" && {
      thresholds: original.thresholds.map((one) => ({ ...one, measuredOn: `${one.measuredOn}, in float` })),
    }),
  };
  return cardText(parseCard(card, path));
}
