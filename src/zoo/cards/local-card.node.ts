import { resolve } from "node:path";
import { expected } from "../../errors.ts";
import type { Card } from "./card.ts";
import { readCard } from "./cards.node.ts";

/**
 * A card of one's own.
 *
 * @param model a file that takes the place of the card's source, relative to the current folder.
 * @returns the card, with absolute paths.
 * @throws {ArcfaceError} NOT_FOUND, IO, UNSUPPORTED_FORMAT, INVALID_ARGUMENT where a model is given to a card of stages.
 */
export async function loadLocalCard(path: string, { model }: { model?: string } = {}): Promise<Card> {
  const card = await readCard(path);
  return model === undefined ? card : withModelFile(card, model);
}

/**
 * The same contract with another file: `--model my.onnx --card insightface/buffalo-l`. A sha256 the card pins
 * still has to be the file's.
 */
export function withModelFile(card: Card, path: string): Card {
  if (!card.model) {
    throw expected(card.slug, "a card with a model of its own", "one made of stages", "name a stage's card instead");
  }
  return { ...card, model: { ...card.model, source: { path: resolve(path) } } };
}
