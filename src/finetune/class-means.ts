import { l2Norm, l2Normalize } from "../tensor/vector.ts";

/**
 * Where a head starts: each class's mean embedding, as rows of one length. So the network is not thrown off by centres
 * that know nobody yet ("weight imprinting").
 *
 * The head's angles turn as 1/length², so that a short row learns faster than the network at one rate.
 *
 * @param embeddings L2-normalised.
 * @returns [classes, D], one after another.
 * Source: Qi, Brown, Lowe, Low-Shot Learning with Imprinted Weights (arXiv:1712.07136).
 */
export function classMeans(
  embeddings: readonly Float32Array[],
  labels: readonly number[],
  classes: number,
  length: number,
): Float32Array<ArrayBuffer> {
  const size = embeddings[0]!.length;
  const means = Array.from({ length: classes }, () => new Float32Array(size));
  embeddings.forEach((embedding, i) => {
    const mean = means[labels[i]!]!;
    for (let d = 0; d < size; d++) mean[d]! += embedding[d]!;
  });
  const rows = new Float32Array(classes * size);
  means.forEach((mean, label) => {
    // Embeddings that cancel each other say nothing: any direction will do.
    const unit = l2Norm(mean) > 0 ? l2Normalize(mean) : mean.fill(1 / Math.sqrt(size));
    rows.set(
      unit.map((value) => value * length),
      label * size,
    );
  });
  return rows;
}
