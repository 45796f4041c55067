import { createNodeHost } from "../host/host.node.ts";
import { serve } from "../host/worker/serve.node.ts";
import { type LoadParts, loadDetectorFrom, loadEmbedderFrom } from "../recognize/load.ts";
import type { LoadedModel } from "../recognize/open-network.ts";
import type { Card } from "../zoo/cards/card.ts";
import { embedPhotographs, type FacesOptions, type PhotographNetworks } from "./embed-photographs.ts";
import { measureNetworks } from "./measure-networks.ts";

/** Networks that were loaded in the thread that asks, and which of them are wanted, by their slugs. */
export type OpenArgument = {
  readonly models: readonly LoadedModel[];
  readonly recognizer: string;
  readonly detector: string | null;
  readonly threads: number;
  readonly batch: number;
};

export type EmbedArgument = { readonly paths: readonly string[]; readonly options: FacesOptions };

/** @see measureNetworks */
export type MeasureArgument = { readonly what: "recognizer" | "detector"; readonly batch: number; readonly ms: number };

let networks: PhotographNetworks | undefined;

const handlers = {
  async open({ models, recognizer, detector, threads, batch }: OpenArgument) {
    const host = createNodeHost();
    const bySlug = new Map(models.map((model) => [model.card.slug, { ...model, card: inBatches(model.card, batch) }]));
    const parts: LoadParts = { host, models: { ensure: async () => bySlug }, threads };
    const embedder = await loadEmbedderFrom(parts, recognizer);
    networks = { host, embedder, detector: detector === null ? null : await loadDetectorFrom(parts, detector) };
    return { result: { size: embedder.size } };
  },
  async embed({ paths, options }: EmbedArgument, signal: AbortSignal) {
    const result = await embedPhotographs(networks!, paths, options, signal);
    return { result, transfer: [result.rows.buffer] };
  },
  async measure({ what, batch, ms }: MeasureArgument) {
    return { result: await measureNetworks(networks!, what, batch, ms) };
  },
};

serve(handlers, async () => {
  await networks?.embedder[Symbol.asyncDispose]();
  await networks?.detector?.[Symbol.asyncDispose]();
});

/** A card that says 1 means it: see the schema. */
function inBatches(card: Card, batch: number): Card {
  if (card.kind !== "recognizer" || card.embedding.batch === 1) return card;
  return { ...card, embedding: { ...card.embedding, batch } };
}
