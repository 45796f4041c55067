import type { DetectOptions, FaceDetector } from "../../detect/face-detector.ts";
import { createNodeHost } from "../../host/host.node.ts";
import { serve } from "../../host/worker/serve.node.ts";
import type { Image } from "../../image/image.ts";
import type { Embedder, EmbedOptions } from "../embedder.ts";
import { type LoadParts, loadDetectorFrom, loadEmbedderFrom } from "../load.ts";
import type { LoadedModel } from "../open-network.ts";

/** Networks that were loaded in the thread that asks: the first is the one wanted, the others are its stages. */
export type LoadArgument = { readonly models: readonly LoadedModel[]; readonly threads: number };

export type EmbedderFacts = Pick<Embedder, "name" | "fingerprint" | "size" | "cropSize" | "alignment">;

let detector: FaceDetector | undefined;
let embedder: Embedder | undefined;

const handlers = {
  async loadDetector(argument: LoadArgument) {
    detector = await loadDetectorFrom(partsOf(argument), argument.models[0]!.card);
    return { result: { name: detector.name } };
  },
  async detect({ image, options }: { image: Image; options: DetectOptions }, signal: AbortSignal) {
    return { result: await detector!.detect(image, { ...options, signal }) };
  },
  async loadEmbedder(argument: LoadArgument) {
    embedder = await loadEmbedderFrom(partsOf(argument), argument.models[0]!.card);
    const { name, fingerprint, size, cropSize, alignment } = embedder;
    return { result: { name, fingerprint, size, cropSize, alignment } satisfies EmbedderFacts };
  },
  async embed({ crops, options }: { crops: readonly Image[]; options: EmbedOptions }, signal: AbortSignal) {
    return { result: await embedder!.embed(crops, { ...options, signal }) };
  },
};

serve(handlers, async () => {
  await detector?.[Symbol.asyncDispose]();
  await embedder?.[Symbol.asyncDispose]();
});

function partsOf({ models, threads }: LoadArgument): LoadParts {
  const bySlug = new Map(models.map((model) => [model.card.slug, model]));
  return { host: createNodeHost(), models: { ensure: async () => bySlug }, threads };
}
