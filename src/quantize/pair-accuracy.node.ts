import { stat } from "node:fs/promises";
import type { TestSet } from "../data/test-set.ts";
import type { FaceDetector } from "../detect/face-detector.ts";
import { expected } from "../errors.ts";
import { needsDetector } from "../evaluate/embed-test-set.node.ts";
import { measureSet } from "../evaluate/measure-set.node.ts";
import { pictureEmbedderOf } from "../evaluate/picture-embedder.node.ts";
import { type Protocol, type ProtocolName, protocolOf } from "../evaluate/protocols.node.ts";
import { figureOf } from "../evaluate/summary.ts";
import { checkPairs } from "../evaluate/verify-pairs.ts";
import type { Host } from "../host/host.ts";
import { loadEmbedderFrom } from "../recognize/load.ts";
import type { CardOf } from "../zoo/cards/card.ts";
import { partsOf } from "./model-in-hand.ts";

/** Pairs in folds, by which networks are compared. */
export type JudgedPairs = {
  readonly name: ProtocolName;
  readonly protocol: Protocol;
  readonly set: TestSet;
  readonly needsDetector: boolean;
};

export type PairsOptions = {
  /** Of LFW: a folder of aligned crops. */
  readonly aligned?: string | undefined;
  /** Of a CSV: its pictures are aligned crops. */
  readonly crops?: boolean | undefined;
};

/**
 * @param path a `.bin` of InsightFace's, a CSV of pairs with folds, or LFW's folder.
 * @throws {ArcfaceError} INVALID_ARGUMENT where pairs have no folds; as the protocol's loader.
 */
export async function openPairs(path: string, { aligned, crops }: PairsOptions): Promise<JudgedPairs> {
  const isFolder = (await stat(path).catch(() => null))?.isDirectory() ?? false;
  const name: ProtocolName = /\.bin$/i.test(path) ? "bin" : isFolder ? "lfw" : "pairs";
  const protocol = protocolOf(name);
  const set = await protocol.load(path, {
    ...(name === "lfw" && aligned !== undefined && { aligned }),
    ...(name === "pairs" && crops && { crops }),
  });
  if (!set.pairs?.fold) throw expected(`--pairs ${path}`, "pairs in folds", "pairs without");
  checkPairs(set.name, set.pairs, set.templates.length);
  return { name, protocol, set, needsDetector: set.images.some(({ face }) => needsDetector(face)) };
}

export type AccuracyOptions = {
  readonly detector: FaceDetector | null;
  readonly threads?: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
};

/** Accuracy over folds, flip-summed, 0 to 1. @throws {ArcfaceError} as measureSet. */
export async function pairAccuracy(
  host: Host,
  card: CardOf<"recognizer">,
  model: Uint8Array,
  { name, protocol, set }: JudgedPairs,
  { detector, threads = 1, signal, onProgress }: AccuracyOptions,
): Promise<number> {
  await using embedder = await loadEmbedderFrom(partsOf(host, card, model, threads), card);
  const evaluation = await measureSet(name, protocol, set, pictureEmbedderOf(embedder, detector), {
    cacheDir: null,
    ...(signal && { signal }),
    onProgress: ({ done, total }) => onProgress?.(done, total),
  });
  return figureOf(evaluation, "accuracy")?.value ?? Number.NaN;
}
