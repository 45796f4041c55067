import { createImage, type Image } from "../image/image.ts";
import { createRandom } from "../tensor/random.ts";
import type { PhotographNetworks } from "./embed-photographs.ts";

/** Of a photograph of a set as LFW; a larger one costs its decoding more, its detector as much. */
const SIDE = 250;
const WARM_UP = 2;

/**
 * How fast networks go here: on pictures of noise, in which a detector that is told that there is a face looks as long as
 * it can.
 *
 * @param batch crops at once; of the detector it means nothing.
 * @param ms how long to measure for; at least one run is.
 * @returns crops or pictures a second.
 */
export async function measureNetworks(
  { embedder, detector }: PhotographNetworks,
  what: "recognizer" | "detector",
  batch: number,
  ms: number,
): Promise<number> {
  const crops = Array.from({ length: batch }, (_, i) => noise(embedder.cropSize, i));
  const photograph = noise(SIDE, 0);
  const run =
    what === "recognizer"
      ? () => embedder.embed(crops)
      : async () => detector?.detect(photograph, { expectFace: true });
  for (let i = 0; i < WARM_UP; i++) await run();
  const began = performance.now();
  let runs = 0;
  let passed = 0;
  for (; runs === 0 || passed < ms; passed = performance.now() - began) {
    await run();
    runs++;
  }
  return (1000 * runs * (what === "recognizer" ? batch : 1)) / passed;
}

function noise(side: number, seed: number): Image {
  const random = createRandom(seed);
  return createImage(
    side,
    side,
    Uint8Array.from({ length: 3 * side * side }, () => 256 * random.uniform()),
  );
}
