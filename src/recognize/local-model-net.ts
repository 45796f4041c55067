import type { NetName } from "../nets/registry.ts";
import { parseCard } from "../zoo/cards/card.ts";
import { netFile } from "../zoo/sources/net.ts";
import type { HeldModel } from "./local-model.ts";

/** One of our own nets with random weights of seed 0, and its contract: InsightFace's. */
export function makeNetModel(name: NetName): HeldModel {
  const card = parseCard(
    {
      slug: `arcface/${name}`,
      kind: "recognizer",
      title: `${name}, random weights`,
      description: "Built on the spot, with random weights of seed 0: it has learnt nobody's face.",
      licence: { name: "none needed", commercial: true, note: "Random weights are nobody's work." },
      model: {
        source: { net: name },
        input: {
          name: "images",
          width: 112,
          height: 112,
          color: "RGB",
          mean: [127.5, 127.5, 127.5],
          scale: [127.5, 127.5, 127.5],
        },
        outputs: { embedding: "output" },
      },
      embedding: { size: 512 },
    },
    name,
  );
  return { card, model: netFile(name) };
}
