import { ArcfaceError } from "../errors.ts";
import type { NNArchiveConfig } from "../nn-archive/config.ts";
import { NNArchive } from "../nn-archive/nn-archive.ts";
import type { LoadedModel } from "../recognize/open-network.ts";
import { archiveFromCard } from "../zoo/archive/archive-card.ts";
import type { Card } from "../zoo/cards/card.ts";

type Head = NonNullable<NNArchiveConfig["model"]["heads"]>[number];

/**
 * An archive of a model that a source answered with, in its source form. Its heads are DepthAI's; for networks that
 * DepthAI has no parser for, ours.
 *
 * @throws {ArcfaceError} MODEL_MISMATCH where the card has no network of its own; as archiveFromCard.
 */
export async function archiveOfModel({ card, model }: LoadedModel): Promise<NNArchive> {
  if (!card.model || !model) {
    throw new ArcfaceError("MODEL_MISMATCH", `${card.slug}: expected a network, got a card made of stages`, {
      hint: "the node FaceDetection runs detectors that are made of several networks",
    });
  }
  // The card pins the file as it is published; what a cache made of it is another.
  const { sha256: _, byteLength: __, ...rest } = card.model;
  const { config, files } = await archiveFromCard({ ...card, model: rest } as Card, new Uint8Array(model), {
    form: "source",
  });
  const heads = config.model.heads ?? ourHeads(card);
  return new NNArchive(card.slug, { ...config, model: { ...config.model, heads } }, files);
}

/** Roles of the outputs, in the order of the head's `outputs`, by the name that the card's parser has. */
const OURS: Readonly<Record<string, { readonly parser: string; readonly roles: readonly string[] }>> = {
  ultraface: { parser: "UltraFaceParser", roles: ["scores", "boxes"] },
  blazeface: { parser: "BlazeFaceParser", roles: ["scores", "regressors"] },
  "landmarks-68": { parser: "Landmarks68Parser", roles: ["points"] },
};

function ourHeads(card: Card): Head[] | null {
  if (card.kind !== "detector" && card.kind !== "landmarks") return null;
  const ours = Object.hasOwn(OURS, card.parser.name) ? OURS[card.parser.name] : undefined;
  if (!ours) return null;
  const { scoreThreshold, nmsThreshold } = card.parser;
  const metadata = {
    ...(scoreThreshold !== undefined && { conf_threshold: scoreThreshold }),
    ...(nmsThreshold !== undefined && { iou_threshold: nmsThreshold }),
  };
  return [
    { parser: ours.parser, outputs: ours.roles.map((role) => card.model?.outputs[role] ?? role), metadata } as Head,
  ];
}
