import type { TestImage, TestTemplate } from "../data/test-set.ts";
import { l2Norm } from "../tensor/vector.ts";

/** How pictures' embeddings become a template's. The default is neither: every picture's is L2-normalised first. */
export type Pooling = {
  /** Embeddings keep their length, which weighs clear faces more: IJB's norm score, YTF's plain mean. */
  readonly keepNorm?: boolean;
  /** Embeddings are multiplied by the detector's score, as the set tells it. */
  readonly byFaceScore?: boolean;
};

/**
 * A template's embedding: of each medium the mean, of all media the sum.
 *
 * @param embeddings raw, one an image of the set; `null` where there is none.
 * @returns L2-normalised; `null` where no picture of the template has an embedding.
 * Source: insightface recognition/arcface_torch/eval_ijbc.py, `image2template_feature`.
 */
export function poolTemplate(
  template: TestTemplate,
  images: readonly TestImage[],
  embeddings: readonly (Float32Array | null)[],
  { keepNorm = false, byFaceScore = false }: Pooling = {},
): Float32Array | null {
  const media = new Map<number, { sum: Float64Array; count: number }>();
  for (const [i, image] of template.images.entries()) {
    const embedding = embeddings[image];
    if (!embedding) continue;
    const weight = (keepNorm ? 1 : 1 / l2Norm(embedding)) * (byFaceScore ? (images[image]!.faceScore ?? 1) : 1);
    // Without media each picture is one of its own, below all that a set may number.
    const number = template.media?.[i] ?? -1 - i;
    const medium = media.get(number) ?? { sum: new Float64Array(embedding.length), count: 0 };
    media.set(number, medium);
    medium.count++;
    for (let k = 0; k < embedding.length; k++) medium.sum[k]! += weight * embedding[k]!;
  }
  const [first, ...others] = media.values();
  if (!first) return null;
  const total = first.sum.map((x) => x / first.count);
  for (const { sum, count } of others) for (let k = 0; k < total.length; k++) total[k]! += sum[k]! / count;
  const norm = Math.sqrt(total.reduce((square, x) => square + x * x, 0));
  return norm > 0 ? Float32Array.from(total, (x) => x / norm) : null;
}
