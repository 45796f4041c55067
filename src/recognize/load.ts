import { sha256Hex } from "../bytes/sha256.ts";
import type { FaceDetector } from "../detect/face-detector.ts";
import { createDetector } from "../detect/registry.ts";
import { ArcfaceError, throwIfCancelled } from "../errors.ts";
import type { Host } from "../host/host.ts";
import type { Network } from "../host/network.ts";
import type { Card, CardOf } from "../zoo/cards/card.ts";
import { createEmbedder, type Embedder } from "./embedder.ts";
import { type LoadedModel, openNetwork } from "./open-network.ts";
import { Recognizer } from "./recognizer.ts";

/** The recogniser and the detector that are used where none is named. */
export const DEFAULT_RECOGNIZER = "faceplugin/mobilefacenet";
export const DEFAULT_DETECTOR = "arcface/faces";

/** Where models come from: a zoo, or what a caller holds in memory. Answers the stages of what is wanted, too. */
export type ModelSource = {
  ensure(
    wanted: readonly (string | Card)[],
    options?: { signal?: AbortSignal },
  ): Promise<ReadonlyMap<string, LoadedModel>>;
};

export type LoadParts = {
  readonly host: Host;
  readonly models: ModelSource;
  /** Threads within one run of a network. Default 1. */
  readonly threads?: number;
  readonly signal?: AbortSignal;
};

const slugOf = (model: string | Card): string => (typeof model === "string" ? model : model.slug);

/** @throws {ArcfaceError} as ModelSource.ensure and openNetwork; MODEL_MISMATCH where the card is of another kind. */
export async function loadRecognizerFrom(
  parts: LoadParts,
  recognizer: string | Card,
  detector: string | Card,
): Promise<Recognizer> {
  const { host } = parts;
  // Both at once: two models out of one tarball are fetched with it once.
  const loaded = await ensure(parts, [recognizer, detector]);
  const card = expectKind(find(loaded, slugOf(recognizer)).card, "recognizer");
  const opened = await openEmbedder(parts, loaded, slugOf(recognizer));
  try {
    return new Recognizer({
      host,
      detector: await openDetector(parts, loaded, slugOf(detector)),
      embedder: opened,
      thresholds: card.thresholds,
      probability: card.probability ?? null,
      detectorFingerprint: await detectorFingerprintOf(loaded, slugOf(detector)),
    });
  } catch (error) {
    await opened[Symbol.asyncDispose]();
    throw error;
  }
}

/** A detector alone. @throws {ArcfaceError} as loadRecognizerFrom. */
export async function loadDetectorFrom(parts: LoadParts, detector: string | Card): Promise<FaceDetector> {
  return openDetector(parts, await ensure(parts, [detector]), slugOf(detector));
}

/** A recognition network alone, for crops that are aligned already. @throws {ArcfaceError} as loadRecognizerFrom. */
export async function loadEmbedderFrom(parts: LoadParts, recognizer: string | Card): Promise<Embedder> {
  return openEmbedder(parts, await ensure(parts, [recognizer]), slugOf(recognizer));
}

type Loaded = ReadonlyMap<string, LoadedModel>;

function ensure({ models, signal }: LoadParts, wanted: readonly (string | Card)[]): Promise<Loaded> {
  return models.ensure(wanted, signal ? { signal } : {});
}

async function openEmbedder(parts: LoadParts, loaded: Loaded, slug: string): Promise<Embedder> {
  const model = find(loaded, slug);
  const { embedding } = expectKind(model.card, "recognizer");
  const network = await open(parts, model);
  try {
    return createEmbedder(network, { ...embedding, fingerprint: await fingerprintOf(model) });
  } catch (error) {
    await network[Symbol.asyncDispose]();
    throw error;
  }
}

async function openDetector(parts: LoadParts, loaded: Loaded, slug: string): Promise<FaceDetector> {
  const { model, stages = {}, parser } = expectKind(find(loaded, slug).card, "detector");
  const roles = Object.entries(model ? { ...stages, detector: slug } : stages);
  const networks: Record<string, Network> = {};
  try {
    for (const [role, of] of roles) networks[role] = await open(parts, find(loaded, of));
    return createDetector(slug, parser, networks);
  } catch (error) {
    await Promise.all(Object.values(networks).map((network) => network[Symbol.asyncDispose]()));
    throw error;
  }
}

function open({ host, threads = 1, signal }: LoadParts, model: LoadedModel): Promise<Network> {
  throwIfCancelled(signal, model.card.slug);
  return openNetwork(host, model, { threads });
}

/**
 * What makes two models' answers comparable: the slug, and 16 hex digits of a sha256 over the file's and how it is fed
 * and read. The same file fed in another colour order is another model.
 */
async function fingerprintOf({ card, sha256 }: LoadedModel): Promise<string> {
  if (!card.model || sha256 === null) return card.slug;
  const { input, outputs } = card.model;
  const alignment = card.kind === "recognizer" ? card.embedding.alignment : "arcface";
  // The usual alignment goes unsaid, so that templates enrolled before there was a choice stay comparable.
  const fed = [sha256, input, outputs, ...(alignment === "arcface" ? [] : [alignment])];
  return `${card.slug}@${await shortHash(fed)}`;
}

/** What embeddings depend on: see Embedder.fingerprint. */
export async function recognizerFingerprintOf(loaded: Loaded, slug: string): Promise<string> {
  return fingerprintOf(find(loaded, slug));
}

/** What detections depend on: the detector, its stages, and how their cards have them combined. */
export async function detectorFingerprintOf(loaded: Loaded, slug: string): Promise<string> {
  const models = stagesOf(loaded, slug);
  const combined = await shortHash(models.map(({ card }) => howCombined(card)));
  return [...(await Promise.all(models.map(fingerprintOf))), combined].join(" ");
}

async function shortHash(value: unknown): Promise<string> {
  return (await sha256Hex(new TextEncoder().encode(JSON.stringify(value)))).slice(0, 16);
}

function howCombined(card: Card): unknown {
  return card.kind === "detector" ? [card.stages, card.parser] : null;
}

/** A detector and what it is made of. */
function stagesOf(loaded: Loaded, slug: string): LoadedModel[] {
  const model = find(loaded, slug);
  const stages = model.card.kind === "detector" ? Object.values(model.card.stages ?? {}) : [];
  return [model, ...stages.map((stage) => find(loaded, stage))];
}

function find(loaded: Loaded, slug: string): LoadedModel {
  const model = loaded.get(slug);
  if (!model) throw new ArcfaceError("NOT_FOUND", `${slug}: the model source answered without it`);
  return model;
}

function expectKind<Kind extends Card["kind"]>(card: Card, kind: Kind): CardOf<Kind> {
  if (card.kind === kind) return card as CardOf<Kind>;
  throw new ArcfaceError("MODEL_MISMATCH", `${card.slug}: expected a ${kind}, got a ${card.kind}`, {
    hint: "`arcface models list` tells what each model is for",
  });
}
