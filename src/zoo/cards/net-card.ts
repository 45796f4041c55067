import { isNetName } from "../../nets/registry.ts";
import { type Card, parseCard } from "./card.ts";

/**
 * The card of one of our own architectures with random weights, which has learnt nobody's face: for counting, timing and
 * trying out. Its contract is InsightFace's.
 *
 * @param slug `iresnet100`, or `arcface/iresnet100`.
 * @returns null where it is none.
 */
export function netCard(slug: string): Card | null {
  const name = slug.replace(/^arcface\//, "");
  if (!isNetName(name)) return null;
  const grey = [127.5, 127.5, 127.5];
  return parseCard(
    {
      slug: `arcface/${name}`,
      kind: "recognizer",
      title: `${name}, random weights`,
      description: "Built on the spot, with random weights of seed 0: it has learnt nobody's face.",
      licence: { name: "none needed", commercial: true, note: "Random weights are nobody's work." },
      tasks: ["Image Embedding"],
      model: {
        source: { net: name },
        input: { name: "images", width: 112, height: 112, color: "RGB", mean: grey, scale: grey },
        outputs: { embedding: "output" },
      },
      embedding: { size: 512 },
    },
    name,
  );
}
