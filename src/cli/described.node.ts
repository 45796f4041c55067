import { basename } from "node:path";
import { type ArcfaceError, expected } from "../errors.ts";
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
    ...(isArchive(name) && { archive: basename(name) }),
  };
}

/** The config.json of an unpacked archive tells its model; any other JSON is a card. */
const isArchive = (name: string): boolean =>
  /\.(tar|t[xgb]z2?)(\.(xz|gz|bz2))?$/i.test(name) || basename(name) === "config.json";

async function cardOfFile(name: string, context: CliContext): Promise<Card | null> {
  if (isArchive(name)) {
    const { openArchiveFile } = await import("../recognize/local-model-archive.node.ts");
    const { cardFromArchive, localSlug } = await import("../zoo/archive/archive-card-read.ts");
    const archive = await openArchiveFile(name, { signal: context.signal });
    return cardFromArchive(archive, { slug: localSlug(archive) });
  }
  if (/\.(ya?ml|json)$/i.test(name)) return (await import("../zoo/cards/local-card.node.ts")).loadLocalCard(name);
  const { isNetName } = await import("../nets/registry.ts");
  if (isNetName(name)) throw aboutNetwork(name, "an architecture of ours");
  if (/\.(onnx|tflite)$/i.test(name)) throw aboutNetwork(name, "a network alone");
  return null;
}

const aboutNetwork = (name: string, got: string): ArcfaceError =>
  expected(name, "a card or an NN archive", got, "`arcface models info` tells what is in it");
