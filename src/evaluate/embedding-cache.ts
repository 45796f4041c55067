/** What came of one image: its embedding, or `missed` where no face was found (the embedding is then not read). */
export type EmbeddedImage = { readonly embedding: Float32Array; readonly missed: boolean };

/**
 * Embeddings that were made already, by what the image is (its bytes' sha256, say). Calls may overlap.
 * One cache holds what one set of networks and options made; the caller keeps them apart.
 */
export interface EmbeddingCache {
  /** `null` where that image was not embedded yet. */
  get(key: string): Promise<EmbeddedImage | null>;
  put(key: string, image: EmbeddedImage): Promise<void>;
}

/** A cache that lasts as long as the process. */
export function memoryEmbeddingCache(): EmbeddingCache {
  const known = new Map<string, EmbeddedImage>();
  return {
    get: async (key) => known.get(key) ?? null,
    put: async (key, image) => void known.set(key, image),
  };
}
