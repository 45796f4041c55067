import { basename } from "node:path";
import { sha256Hex } from "../bytes/sha256.ts";
import { writeWhole } from "../bytes/write-whole.node.ts";
import { fileError } from "../file-error.node.ts";
import { cardText } from "../zoo/archive/archive-card.ts";
import { type CardOf, parseCard } from "../zoo/cards/card.ts";
import { parseSlug } from "../zoo/slug.ts";
import type { Finetuned } from "./finetuned.ts";
import type { LearntWeights } from "./learnt-weights.ts";
import type { FinetuneSettings } from "./options.ts";
import type { PeopleVerification } from "./people-verification.ts";

export type Made = {
  readonly settings: FinetuneSettings;
  readonly learnt: LearntWeights;
  /** Of the original's file. */
  readonly sha256: string | null;
  readonly command?: string | undefined;
};

/**
 * Write the card of a fine-tuned network: the contract and the licence of the one that it was made of, how it was made and
 * what was measured. What was measured of the original is not its own, so that is left out.
 *
 * @throws {ArcfaceError} NO_SPACE, IO.
 */
export async function writeTunedCard(
  original: CardOf<"recognizer">,
  bytes: Uint8Array,
  result: Omit<Finetuned, "log" | "validations">,
  { settings, learnt, sha256, command = "arcface finetune" }: Made,
): Promise<void> {
  const { slug, title, licence, tasks, architecture, model, embedding } = original;
  const { people, images, epoch, after, before } = result;
  const { input, outputs, parameters, macs } = model;
  const card = {
    slug: `finetuned/${parseSlug(slug).model}`,
    kind: "recognizer",
    title: `${title}, fine-tuned`,
    description:
      `${slug} (sha256 ${sha256 ?? "unknown"}), trained further on ${images} aligned crops of ${people.train} people: ` +
      `${learnt.learntLayers} of ${learnt.layers} layers, loss ${JSON.stringify(settings.loss)}, ` +
      `lr ${settings.lr}, head ${settings.headLr}, batch ${settings.batchSize}, anchor ${settings.anchor}, ` +
      `seed ${settings.seed}; epoch ${epoch} of ${settings.numEpoch}. ` +
      "Its templates do not compare with those of the network that it was made of.",
    licence: {
      ...licence,
      note: [licence.note, `Of ${slug}; what it was fine-tuned on may restrict its use further.`]
        .filter(Boolean)
        .join(" "),
    },
    tasks,
    ...(architecture !== undefined && { architecture }),
    model: {
      sha256: await sha256Hex(bytes),
      byteLength: bytes.length,
      source: { path: basename(result.model) },
      input,
      outputs,
      ...(parameters !== undefined && { parameters }),
      ...(macs !== undefined && { macs }),
    },
    embedding,
    thresholds: after ? thresholdsOf(after) : [],
    results: [
      ...(before ? resultsOf(before, `${slug}, before`, command) : []),
      ...(after ? resultsOf(after, "fine-tuned", command) : []),
    ],
  };
  const checked = parseCard(card, result.card);
  await writeWhole(result.card, cardText(checked)).catch((error: unknown) => {
    throw fileError(error, result.card, "writing the card");
  });
}

/** The default decision first, as shipped cards have it. */
const RATES = ["1e-4", "1e-3", "1e-2"] as const;

function thresholdsOf({ atFar, people, images }: PeopleVerification) {
  return RATES.flatMap((rate) => {
    const point = atFar[rate];
    if (!point || !Number.isFinite(point.threshold)) return [];
    const threshold = Math.ceil(point.threshold * 1e4) / 1e4;
    return [{ falseAcceptRate: Number(rate), threshold, measuredOn: `${images} crops of ${people} people held back` }];
  });
}

function resultsOf({ atFar, eer, people, images }: PeopleVerification, which: string, command: string) {
  const measured = { dataset: `${people} people held back`, command };
  const protocol = `every pair of ${images} aligned crops, ${which}`;
  return [
    { ...measured, protocol, metric: "EER", value: round(eer) },
    ...RATES.flatMap((rate) => {
      const tar = atFar[rate]?.tar;
      return tar === undefined ? [] : [{ ...measured, protocol, metric: `TAR@FAR=${rate}`, value: round(tar) }];
    }),
  ];
}

const round = (value: number): number => Math.round(value * 1e4) / 1e4;
