import { expected } from "../errors.ts";
import { createNodeHost } from "../host/host.node.ts";
import type { Image } from "../image/image.ts";
import { imagesToTensor } from "../image/to-tensor.ts";
import { decodeModel } from "../onnx/model.ts";
import { refuseQuantised } from "../onnx/quantize/ready.ts";
import { loadDetector, type NodeOptions } from "../recognize/compose.node.ts";
import type { CardOf } from "../zoo/cards/card.ts";
import type { Feed } from "./calibrate.ts";
import { type JudgedPairs, openPairs, type PairsOptions, pairAccuracy } from "./pair-accuracy.node.ts";
import { PROBES, type QuantizedNetwork, type QuantizeNetworkOptions, spread } from "./quantize-network.ts";
import { cropsOf } from "./recognizer-feeds.node.ts";
import { type Measured, quantizeWithin } from "./within-loss.ts";

export type QuantizeRecognizerOptions = QuantizeNetworkOptions &
  PairsOptions & {
    /** Pictures of faces. */
    readonly pictures: readonly string[];
    /** They are aligned crops. Default false: the default detector finds the face nearest the middle of each. */
    readonly crops?: boolean;
    /** Pairs in folds, by which a loss is measured: see openPairs. */
    readonly pairs?: string;
    /** Where that detector comes from. */
    readonly networks?: NodeOptions;
  };

/**
 * A recogniser in 8 bits, calibrated on faces; it is fed and answers as before.
 *
 * @param bytes an ONNX file.
 * @throws {ArcfaceError} INVALID_ARGUMENT where there is no face to calibrate on, the network is quantised already, or a loss is
 *   given without pairs; as decodeModel, openPairs and loadDetector; CANCELLED.
 */
export async function quantizeRecognizer(
  card: CardOf<"recognizer">,
  bytes: Uint8Array,
  options: QuantizeRecognizerOptions,
): Promise<QuantizedNetwork> {
  const {
    pictures,
    crops: aligned = false,
    pairs: path,
    networks,
    threads = 1,
    signal,
    onProgress,
    onUnread,
  } = options;
  if (pictures.length === 0) throw expected(card.slug, "photographs to calibrate on", "none");
  if (options.maxLoss !== undefined && path === undefined) {
    const hint = "--pairs names LFW's folder, a .bin or a CSV of pairs in folds";
    throw expected("max loss", "pairs to measure the loss on", "none", hint);
  }
  const original = decodeModel(bytes, card.slug);
  refuseQuantised(original, card.slug);
  const judged = path === undefined ? null : await openPairs(path, options);
  const host = createNodeHost();
  await using detector = !aligned || judged?.needsDetector ? await loadDetector(networks) : null;
  const crops = await cropsOf(host, pictures, card, aligned ? null : detector, {
    ...{ signal, onUnread },
    onProgress: (done, total) => onProgress?.("reading faces", done, total),
  });
  if (crops.length === 0) throw expected(card.slug, "pictures of faces to calibrate on", `${pictures.length} without`);
  const { input } = card.model;
  const feedOf = (crop: Image): Feed => ({ [input.name]: imagesToTensor([crop], input) });
  const accuracyOf = (model: Uint8Array, pairs: JudgedPairs, what: string): Promise<number> =>
    pairAccuracy(host, card, model, pairs, {
      ...{ detector, threads, signal },
      onProgress: (done, total) => onProgress?.(`pairs, ${what}`, done, total),
    });
  const before = judged && (await accuracyOf(bytes, judged, "float"));
  const parts = {
    createSession: host.createSession,
    name: card.slug,
    feeds: async function* () {
      for (const crop of crops) yield feedOf(crop);
    },
    count: crops.length,
    probes: spread(crops, PROBES).map(feedOf),
    measure: judged && ((model: Uint8Array) => lossOf(model, judged)),
  };
  return await quantizeWithin(original, parts, options);

  async function lossOf(model: Uint8Array, pairs: JudgedPairs): Promise<Measured> {
    const after = await accuracyOf(model, pairs, "int8");
    const accuracy = { before: before!, after, pairs: pairs.set.pairs!.same.length };
    // Whole pairs, not the rounding errors of shares.
    return { loss: Math.round(1e6 * (before! - after)) / 1e4, accuracy, faces: null };
  }
}
