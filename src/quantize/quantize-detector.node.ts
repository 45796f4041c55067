import { expected } from "../errors.ts";
import { createNodeHost } from "../host/host.node.ts";
import type { Image } from "../image/image.ts";
import { decodeModel } from "../onnx/model.ts";
import { refuseQuantised } from "../onnx/quantize/ready.ts";
import type { CardOf } from "../zoo/cards/card.ts";
import type { Feed } from "./calibrate.ts";
import { facesOn, feedsOf } from "./detector-feeds.node.ts";
import { faceAgreement } from "./face-agreement.ts";
import { PROBES, type QuantizedNetwork, type QuantizeNetworkOptions, spread } from "./quantize-network.ts";
import { readPicture } from "./recognizer-feeds.node.ts";
import { quantizeWithin } from "./within-loss.ts";

export type QuantizeDetectorOptions = QuantizeNetworkOptions & {
  /** Photographs: what it is calibrated on, and, some of them, judged by. */
  readonly pictures: readonly string[];
};

/** Photographs that two detectors are compared on: they are kept in memory. */
const MOST_JUDGED = 60;

/**
 * A detector in 8 bits, calibrated on photographs; it is fed and answers as before.
 *
 * @param bytes an ONNX file.
 * @throws {ArcfaceError} INVALID_ARGUMENT where there is no photograph to calibrate on, or the network is quantised already; as
 *   decodeModel and loadDetectorFrom; CANCELLED.
 */
export async function quantizeDetector(
  card: CardOf<"detector">,
  bytes: Uint8Array,
  options: QuantizeDetectorOptions,
): Promise<QuantizedNetwork> {
  const { pictures, signal, onUnread, onProgress } = options;
  if (pictures.length === 0) throw expected(card.slug, "photographs to calibrate on", "none");
  const original = decodeModel(bytes, card.slug);
  refuseQuantised(original, card.slug);
  const host = createNodeHost();
  const judged = new Set(spread(pictures, MOST_JUDGED));
  const [images, readable]: [Image[], string[]] = [[], []];
  for (const [done, name] of pictures.entries()) {
    onProgress?.("reading", done, pictures.length);
    const image = await readPicture(host, name, onUnread);
    if (image) readable.push(name);
    if (image && judged.has(name)) images.push(image);
  }
  if (readable.length === 0)
    throw expected(card.slug, "photographs to calibrate on", `${pictures.length} that cannot be read`);
  const truth = await facesOn(host, card, bytes, images);
  const feeds = (): AsyncGenerator<Feed> => feedsOf(host, card, bytes, readable, signal);
  const probes: Feed[] = [];
  for await (const feed of feedsOf(host, card, bytes, spread(readable, PROBES), signal)) probes.push(feed);
  return quantizeWithin(
    original,
    {
      ...{ createSession: host.createSession, name: card.slug, feeds, count: readable.length, probes },
      async measure(model) {
        const faces = faceAgreement(truth, await facesOn(host, card, model, images));
        return { loss: 100 * (1 - faces.agreement), accuracy: null, faces };
      },
    },
    options,
  );
}
