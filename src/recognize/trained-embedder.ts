import type { Session } from "../host/host.ts";
import { resizeArea } from "../image/resize.ts";
import { createEmbedder, type Embedder } from "./embedder.ts";

/** How our own networks are fed. */
const PIXELS = { color: "RGB", layout: "NCHW", mean: [127.5, 127.5, 127.5], scale: [127.5, 127.5, 127.5] } as const;

/**
 * An embedder over a network in training: crops of 112 pixels are made as small as it wants them, as its training does.
 *
 * @param session input `images` [N, 3, size, size], output `output` [N, features].
 * @param fingerprint of these weights.
 */
export function trainedEmbedder(
  session: Session,
  { name, fingerprint, size }: { readonly name: string; readonly fingerprint: string; readonly size: number },
): Embedder {
  const features = session.outputs[0]!.shape[1] as number;
  const input = { ...PIXELS, name: "images", width: size, height: size, dynamic: false, stride: 1 };
  const network = {
    name,
    session,
    input,
    outputs: { embedding: "output" },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
  const inner = createEmbedder(network, { fingerprint, size: features, batch: 32, alignment: "arcface" });
  if (size === 112) return inner;
  return {
    ...inner,
    cropSize: 112,
    embed: (crops, options) =>
      inner.embed(
        crops.map((crop) => resizeArea(crop, size, size)),
        options,
      ),
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
  };
}
