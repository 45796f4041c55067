import { basename } from "node:path";
import { expected } from "../errors.ts";
import { isArchiveName } from "../nn-archive/archive-name.ts";
import type { Card } from "../zoo/cards/card.ts";
import type { CliContext } from "./command.ts";
import { openNodeZoo } from "./open.node.ts";

/** A card, those of its stages, and the archive that it came out of. */
export type Described = { readonly card: Card; readonly stages: readonly Card[]; readonly archive?: string };

/**
 * The card of a model: by its slug, or out of a card's file (YAML, JSON), or of an NN archive.
 *
 * @param command what errors call the caller.
 * @throws {ArcfaceError} INVALID_ARGUMENT; as Zoo.card, loadLocalCard, openArchiveFile and cardFromArchive.
 */
export async function openDescribed(command: string, args: readonly string[], context: CliContext): Promise<Described> {
  const [name] = args;
  if (name === undefined || args.length !== 1)
    throw expected(command, "one model, as team/model, or a card's file, or an NN archive", `${args.length}`);
  const zoo = await openNodeZoo(context);
  const card = (await cardOfFile(name, context)) ?? (await zoo.card(name));
  const stages = card.kind === "detector" ? Object.values(card.stages ?? {}) : [];
  return {
    card,
    stages: await Promise.all(stages.map((slug) => zoo.card(slug))),
    ...(isArchiveName(name) && { archive: basename(name) }),
  };
}

async function cardOfFile(name: string, context: CliContext): Promise<Card | null> {
  if (isArchiveName(name)) {
    const { openArchiveFile } = await import("../recognize/local-model-archive.node.ts");
    const { cardFromArchive, localSlug } = await import("../zoo/archive/archive-card-read.ts");
    const archive = await openArchiveFile(name, { signal: context.signal });
    return cardFromArchive(archive, { slug: localSlug(archive) });
  }
  if (/\.(ya?ml|json)$/i.test(name)) return (await import("../zoo/cards/local-card.node.ts")).loadLocalCard(name);
  if (/\.(onnx|tflite)$/i.test(name))
    throw expected(name, "a card or an NN archive", "a network alone", "`arcface models info` tells what is in it");
  return null;
}
