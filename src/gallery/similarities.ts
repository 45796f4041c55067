import { l2Norm } from "../tensor/vector.ts";
import { dotRows } from "./dot-rows.ts";

/**
 * The templates' own embeddings, of any length but zero, one for each id.
 *
 * @returns `null` for a template that is not there any more.
 */
export type EmbeddingsOf = (templateIds: readonly number[]) => Promise<readonly (Float32Array | null)[]>;

/**
 * Cosines as an `ExactIndex` computes them, to the bit.
 *
 * @param probe L2-normalised.
 * @param embeddings of the probe's length, of any length but zero; 0 for one that is not there.
 */
export function similaritiesOf(probe: Float32Array, embeddings: readonly (Float32Array | null)[]): Float64Array {
  const n = probe.length;
  const block = new Float32Array(embeddings.length * n);
  embeddings.forEach((embedding, row) => {
    if (!embedding) return;
    const norm = l2Norm(embedding);
    for (let i = 0; i < n; i++) block[row * n + i] = embedding[i]! / norm;
  });
  const similarities = new Float64Array(embeddings.length);
  dotRows(block, embeddings.length, Float64Array.from(probe), similarities);
  return similarities;
}

/** Rounding may carry the cosine of two equal vectors past 1. */
export function clampCosine(similarity: number): number {
  return Math.max(-1, Math.min(1, similarity));
}
