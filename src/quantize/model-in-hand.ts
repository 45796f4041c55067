import type { Host } from "../host/host.ts";
import type { LoadParts } from "../recognize/load.ts";
import type { Card } from "../zoo/cards/card.ts";

/** What loadEmbedderFrom and loadDetectorFrom need to open a network that is in memory, under its card. */
export function partsOf(host: Host, card: Card, model: Uint8Array, threads = 1): LoadParts {
  return { host, threads, models: { ensure: async () => new Map([[card.slug, { card, model, sha256: null }]]) } };
}
