import type { LabelledImages } from "../data/labelled-images.ts";
import { throwIfCancelled } from "../errors.ts";
import { createNodeHost } from "../host/host.node.ts";
import { resizeArea } from "../image/resize.ts";
import { createEmbedder, type Embedder } from "../recognize/embedder.ts";
import { openNetwork } from "../recognize/open-network.ts";
import type { CardOf } from "../zoo/cards/card.ts";

/** Crops decoded at once. */
const BLOCK = 64;

/** An embedder over the bytes of a network that keeps a card's contract. @throws {ArcfaceError} as openNetwork. */
export async function embedderOf(card: CardOf<"recognizer">, bytes: Uint8Array, threads: number): Promise<Embedder> {
  const network = await openNetwork(createNodeHost(), { card, model: bytes, sha256: null }, { threads });
  return createEmbedder(network, { ...card.embedding, fingerprint: card.slug });
}

export type EmbeddedPictures = { readonly embeddings: readonly Float32Array[]; readonly labels: readonly number[] };

/**
 * Embeddings of a set's aligned crops; those of another size are made the network's.
 *
 * @param which their numbers. @throws {ArcfaceError} as Embedder.embed and LabelledImages.read; CANCELLED.
 */
export async function embedPictures(
  embedder: Embedder,
  images: LabelledImages,
  which: readonly number[],
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<EmbeddedPictures> {
  const { codec } = createNodeHost();
  const embeddings: Float32Array[] = [];
  const labels: number[] = [];
  for (let start = 0; start < which.length; start += BLOCK) {
    throwIfCancelled(signal, "embed");
    const block = await Promise.all(
      which.slice(start, start + BLOCK).map(async (i) => {
        const { bytes, label, name } = await images.read(i);
        const crop = await codec.decode(bytes, name);
        return { label, crop: resizeArea(crop, embedder.cropSize, embedder.cropSize) };
      }),
    );
    labels.push(...block.map(({ label }) => label));
    embeddings.push(
      ...(await embedder.embed(
        block.map(({ crop }) => crop),
        { signal },
      )),
    );
  }
  return { embeddings, labels };
}
