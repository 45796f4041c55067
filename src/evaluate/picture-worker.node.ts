import { createNodeHost } from "../host/host.node.ts";
import { serve } from "../host/worker/serve.node.ts";
import { type LoadParts, loadDetectorFrom, loadEmbedderFrom } from "../recognize/load.ts";
import type { LoadedModel } from "../recognize/open-network.ts";
import { embedPicture, type Picture, type PictureNetworks } from "./embed-picture.ts";

/** Networks that were loaded in the thread that asks, and which of them are wanted, by their slugs. */
export type OpenArgument = {
  readonly models: readonly LoadedModel[];
  readonly recognizer: string;
  readonly detector: string | null;
  readonly threads: number;
};

let networks: PictureNetworks | undefined;

const handlers = {
  async open({ models, recognizer, detector, threads }: OpenArgument) {
    const host = createNodeHost();
    const bySlug = new Map(models.map((model) => [model.card.slug, model]));
    const parts: LoadParts = { host, models: { ensure: async () => bySlug }, threads };
    networks = {
      codec: host.codec,
      embedder: await loadEmbedderFrom(parts, recognizer),
      detector: detector === null ? null : await loadDetectorFrom(parts, detector),
    };
    return { result: null };
  },
  async embed({ picture, flip }: { picture: Picture; flip: boolean }, signal: AbortSignal) {
    const result = await embedPicture(networks!, picture, { flip, signal });
    return { result, transfer: result ? [result.buffer as ArrayBuffer] : [] };
  },
};

serve(handlers, async () => {
  await networks?.embedder[Symbol.asyncDispose]();
  await networks?.detector?.[Symbol.asyncDispose]();
});
