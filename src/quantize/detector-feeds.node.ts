import { throwIfCancelled } from "../errors.ts";
import type { FaceDetection } from "../geometry/detection.ts";
import type { Host } from "../host/host.ts";
import type { Image } from "../image/image.ts";
import { loadDetectorFrom } from "../recognize/load.ts";
import type { CardOf } from "../zoo/cards/card.ts";
import type { Feed } from "./calibrate.ts";
import { partsOf } from "./model-in-hand.ts";

/**
 * What a detector's network is fed, as the detector itself feeds it: photographs laid into its input as its card says.
 *
 * @throws {ArcfaceError} as loadDetectorFrom; CANCELLED.
 */
export async function* feedsOf(
  host: Host,
  card: CardOf<"detector">,
  model: Uint8Array,
  photographs: readonly string[],
  signal: AbortSignal | undefined,
): AsyncGenerator<Feed> {
  const feeds: Feed[] = [];
  const recording: Host = {
    ...host,
    async createSession(...args) {
      const session = await host.createSession(...args);
      return {
        ...session,
        run(feed, into) {
          feeds.push(feed);
          return session.run(feed, into);
        },
        [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
      };
    },
  };
  await using detector = await loadDetectorFrom(partsOf(recording, card, model), card);
  for (const name of photographs) {
    throwIfCancelled(signal, "calibrating");
    const image = await host.codec.decode(await host.read(name), name);
    feeds.length = 0;
    await detector.detect(image);
    yield* [...feeds];
  }
}

/** The faces a network finds on photographs. @throws {ArcfaceError} as loadDetectorFrom; CANCELLED. */
export async function facesOn(
  host: Host,
  card: CardOf<"detector">,
  model: Uint8Array,
  images: readonly Image[],
): Promise<FaceDetection[][]> {
  await using detector = await loadDetectorFrom(partsOf(host, card, model), card);
  const found: FaceDetection[][] = [];
  for (const image of images) found.push(await detector.detect(image));
  return found;
}
