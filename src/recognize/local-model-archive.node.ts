import { dirname, join } from "node:path";
import { ArcfaceError } from "../errors.ts";
import { NNArchive } from "../nn-archive/nn-archive.ts";
import { readArchiveFile } from "../nn-archive/read.node.ts";
import { runRefusal } from "../nn-archive/run-refusal.ts";
import { CARD_MEMBER } from "../zoo/archive/archive-card.ts";
import { cardFromArchive, localSlug } from "../zoo/archive/archive-card-read.ts";
import type { Card } from "../zoo/cards/card.ts";
import { readModelFile } from "../zoo/own-file.node.ts";
import type { HeldModel } from "./local-model.ts";

type Options = { readonly signal?: AbortSignal | undefined };

/**
 * The network of an archive, with its own contract or the card given.
 *
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT where it is not for ONNX Runtime; as openArchiveFile and cardFromArchive.
 */
export async function openArchiveModel(path: string, card: Card | null, options: Options = {}): Promise<HeldModel> {
  const archive = await openArchiveFile(path, options);
  const refusal = runRefusal(archive);
  if (refusal) throw refusal;
  return {
    card: card ?? (await cardFromArchive(archive, { slug: localSlug(archive) })),
    model: archive.model,
    name: `${path}: ${archive.getConfig().model.metadata.path}`,
  };
}

/** See readArchiveFile; a card that lies beside the config.json of an unpacked archive belongs to it. */
export async function openArchiveFile(path: string, options: Options = {}): Promise<NNArchive> {
  const archive = await readArchiveFile(path, options);
  if (archive.files.has(CARD_MEMBER) || !path.toLowerCase().endsWith(".json")) return archive;
  const card = await readModelFile(join(dirname(path), CARD_MEMBER)).catch((error: unknown) => {
    if (error instanceof ArcfaceError && error.code === "NOT_FOUND") return null;
    throw error;
  });
  return card ? new NNArchive(path, archive.getConfig(), new Map([...archive.files, [CARD_MEMBER, card]])) : archive;
}
