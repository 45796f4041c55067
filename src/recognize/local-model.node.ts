import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { ArcfaceError, expected } from "../errors.ts";
import { fileError } from "../file-error.node.ts";
import { isArchiveName } from "../nn-archive/archive-name.ts";
import type { Card } from "../zoo/cards/card.ts";
import { loadLocalCard, withModelFile } from "../zoo/cards/local-card.node.ts";
import type { Zoo } from "../zoo/open-zoo.node.ts";
import { readModelFile } from "../zoo/own-file.node.ts";
import type { ModelSource } from "./load.ts";
import type { HeldModel } from "./local-model.ts";

export const isModelFile = (name: string): boolean => /\.(onnx|tflite)$/i.test(name) || /^[./\\]/.test(name);
export const isCardFile = (name: string): boolean => /\.(ya?ml|json)$/i.test(name) || /^[./\\]/.test(name);

/** A card's path, or the slug of a shipped card. */
export function openCard(zoo: Zoo, card: string): Promise<Card> {
  return isCardFile(card) ? loadLocalCard(card) : zoo.card(card);
}

/** The card of a model file that lies beside it under its name: `tuned.yaml` of `tuned.onnx`; null where there is none. */
export async function cardBeside(model: string): Promise<Card | null> {
  const card = model.replace(/\.(onnx|tflite)$/i, ".yaml");
  if (card === model || (await stat(card).catch(() => null)) === null) return null;
  return loadLocalCard(card);
}

type Options = { readonly signal?: AbortSignal | undefined };

/**
 * An NN archive: `.tar.xz` …, or the config.json of an unpacked one.
 *
 * @param card takes the place of its own contract.
 * @returns null where the name is none: a slug, an ONNX file.
 * @throws {ArcfaceError} as openArchiveModel.
 */
export async function openHeldModel(
  name: string,
  card: Card | null = null,
  options: Options = {},
): Promise<HeldModel | null> {
  if (!isArchiveName(name)) return null;
  const { openArchiveModel } = await import("./local-model-archive.node.ts");
  return openArchiveModel(name, card, options);
}

/** What `models info` and `models doctor` look at. */
export type OpenedModel = {
  /** null for a file without a card. */
  readonly card: Card | null;
  /** Of an ONNX file or an archive as it is; of a slug as the cache has it. */
  readonly model: Uint8Array;
  /** What was opened: a path, a slug, a net's name. */
  readonly name: string;
};

/**
 * Anything that `--model` may be.
 *
 * @param card a card's path or slug that takes the place of the model's own.
 * @throws {ArcfaceError} INVALID_ARGUMENT where a slug is of a card made of stages; as openHeldModel and Zoo.ensure.
 */
export async function openModelFile(
  zoo: Zoo,
  name: string,
  { card: given, ...options }: Options & { readonly card?: string | undefined } = {},
): Promise<OpenedModel> {
  const card = given === undefined ? null : await openCard(zoo, given);
  const held = await openHeldModel(name, card, options);
  if (held) return { ...held, name };
  if (isModelFile(name)) return { card: card ?? (await cardBeside(name)), model: await readModelFile(name), name };
  const { signal } = options;
  const found = (await zoo.ensure([name], signal && { signal })).get(name);
  if (!found?.model)
    throw expected(name, "a model with a network of its own", "one made of stages", "name a stage's card instead");
  return { card: card ?? found.card, model: found.model, name };
}

/** A zoo that has some networks in hand, which go through its cache as files do. */
export function holding(zoo: Zoo, held: readonly HeldModel[]): ModelSource {
  if (held.length === 0) return zoo;
  return {
    async ensure(wanted, options) {
      const cards = new Set<string | Card>(held.map(({ card }) => card));
      const models = await zoo.ensure(
        wanted.filter((one) => !cards.has(one)),
        options,
      );
      for (const one of held) {
        for (const [slug, model] of await ensureHeld(zoo, one, options)) models.set(slug, model);
      }
      return models;
    },
  };
}

async function ensureHeld(zoo: Zoo, { card, model, name }: HeldModel, options: Parameters<Zoo["ensure"]>[1]) {
  // The cache prepares files; what it makes of one is found by its sha256 the next time.
  const folder = await mkdtemp(join(tmpdir(), "arcface-"));
  try {
    const path = join(folder, basename(fileNameOf(card)));
    await writeFile(path, model).catch((error: unknown) => {
      throw fileError(error, path, "unpacking an NN archive", "TMPDIR names another place");
    });
    const models = await zoo.ensure([withModelFile(card, path)], options).catch((error: unknown) => {
      if (!(error instanceof ArcfaceError)) throw error;
      const { code, message, hint, cause } = error;
      throw new ArcfaceError(code, message.replaceAll(path, name), { hint, cause });
    });
    return models.set(card.slug, { ...models.get(card.slug)!, card });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function fileNameOf({ model }: Card): string {
  return model && "path" in model.source ? model.source.path : "model.onnx";
}
