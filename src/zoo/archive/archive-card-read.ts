import { parse } from "yaml";
import { ArcfaceError } from "../../errors.ts";
import type { NNArchiveConfig } from "../../nn-archive/config.ts";
import type { NNArchive } from "../../nn-archive/nn-archive.ts";
import { decodeModel, describeModel } from "../../onnx/model.ts";
import { type Card, type CardModel, parseCard } from "../cards/card.ts";
import { CARD_MEMBER, checkSha256 } from "./archive-card.ts";
import { type CardReading, readHead } from "./archive-heads.ts";
import { imageInputOf, refuseInput } from "./archive-input.ts";

/** A card is a page of text; anything larger is something else. */
const MAX_CARD_BYTES = 1 << 20;

type Input = CardModel["input"];

/**
 * The card of an NN archive's network: the one that travels in it, checked against config.json, or one made of
 * config.json alone.
 *
 * @param slug what a card that has to be made is called.
 * @throws {ArcfaceError} MODEL_MISMATCH where card.yaml and config.json disagree, INTEGRITY where the card pins another
 * file; UNSUPPORTED_FORMAT where config.json says what we do not feed or read.
 */
export async function cardFromArchive(archive: NNArchive, { slug }: { readonly slug: string }): Promise<Card> {
  const config = archive.getConfig();
  const member = archive.files.get(CARD_MEMBER);
  if (!member) return makeCard(archive, slug);
  const card = parseMember(member, `${archive.name}: ${CARD_MEMBER}`);
  const { model } = card;
  if (!model) throw disagree(archive, "model", "none", config.model.metadata.path);
  const { path } = config.model.metadata;
  if ("path" in model.source && model.source.path !== path)
    throw disagree(archive, "model.source.path", model.source.path, path);
  compareInputs(archive, model.input, inputOf(config, archive.name));
  compareOutputs(archive, card);
  await checkSha256(card, archive.model, `${archive.name}: ${path}`);
  return card;
}

/** What the network of an archive without a card is called: `local/` and its own name, as far as slugs allow it. */
export function localSlug(archive: NNArchive): string {
  const name = archive
    .getConfig()
    .model.metadata.name.replace(/[^\w.-]+/g, "-")
    .replace(/^[^A-Za-z0-9]+/, "");
  return `local/${name || "model"}`;
}

function makeCard(archive: NNArchive, slug: string): Card {
  const config = archive.getConfig();
  const { name, path } = config.model.metadata;
  const reading = readHead(config, archive.name);
  const input = inputOf(config, archive.name);
  const { outputs } = reading;
  return parseCard(
    {
      slug,
      title: name,
      licence: { name: "not stated", commercial: false, note: "An NN archive says nothing of licences." },
      model: { source: { path }, input, outputs },
      ...(reading.kind === "recognizer"
        ? { kind: "recognizer", embedding: { size: reading.size ?? embeddingSize(archive, reading) } }
        : { kind: "detector", parser: reading.parser }),
    },
    archive.name,
  );
}

/** How the network is fed, in a card's words. @throws {ArcfaceError} UNSUPPORTED_FORMAT as imageInputOf. */
function inputOf({ model }: NNArchiveConfig, where: string): Input {
  const [input, ...others] = model.inputs;
  if (!input || others.length > 0)
    throw refuseInput(where, "one input", model.inputs.map(({ name }) => name).join(", ") || "none");
  const { name, dtype } = input;
  const format = imageInputOf(input, where);
  if (dtype !== "float32") throw refuseInput(where, `input ${name} of float32`, dtype);
  return { ...format, name, mean: [...format.mean], scale: [...format.scale], dynamic: false, stride: 1 };
}

/** What both say; a card alone knows of networks of any size. */
const COMPARED = ["name", "width", "height", "color", "layout", "mean", "scale"] as const;

function compareInputs(archive: NNArchive, card: Input, config: Input): void {
  for (const field of COMPARED) {
    const [a, b] = [card, config].map((input) => JSON.stringify(input[field]));
    if (a !== b) throw disagree(archive, `model.input.${field}`, a!, b!);
  }
}

function compareOutputs(archive: NNArchive, card: Card): void {
  const { outputs } = archive.getConfig().model;
  for (const [role, name] of Object.entries(card.model?.outputs ?? {})) {
    if (!outputs.some((output) => output.name === name))
      throw disagree(archive, `model.outputs.${role}`, name, outputs.map((output) => output.name).join(", "));
  }
  if (card.kind !== "recognizer") return;
  const name = card.model.outputs.embedding ?? outputs[0]?.name;
  const size = outputs
    .find((output) => output.name === name)
    ?.shape?.slice(1)
    .reduce((a, b) => a * b, 1);
  if (size !== undefined && size !== card.embedding.size)
    throw disagree(archive, "embedding.size", `${card.embedding.size}`, `${size}`);
}

function disagree({ name }: NNArchive, field: string, card: string, config: string): ArcfaceError {
  return new ArcfaceError("MODEL_MISMATCH", `${name}: ${field}: ${CARD_MEMBER} says ${card}, config.json ${config}`, {
    hint: "one of them was changed after the archive was made; `arcface models doctor` finds out which is right",
  });
}

function embeddingSize({ name, model }: NNArchive, { outputs }: CardReading): number {
  const graph = describeModel(decodeModel(model, name));
  const shape = graph.outputs.find((output) => output.name === outputs.embedding)?.shape.slice(1) ?? [];
  if (shape.length > 0 && shape.every((dim) => typeof dim === "number" && dim > 0))
    return (shape as number[]).reduce((product, dim) => product * dim, 1);
  throw new ArcfaceError("UNSUPPORTED_FORMAT", `${name}: neither config.json nor the graph tells the embedding's size`);
}

function parseMember(bytes: Uint8Array, where: string): Card {
  if (bytes.length > MAX_CARD_BYTES)
    throw new ArcfaceError("TOO_LARGE", `${where}: ${bytes.length} bytes is no model card`);
  try {
    return parseCard(parse(new TextDecoder().decode(bytes)), where);
  } catch (cause) {
    if (cause instanceof ArcfaceError) throw cause;
    const [reason] = (cause as Error).message.split("\n");
    throw new ArcfaceError("UNSUPPORTED_FORMAT", `${where}: not YAML: ${reason}`, { cause });
  }
}
