import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createNodeHost } from "../../src/host/host.node.ts";
import { equalErrorRate, rocCurve, tarAtFar } from "../../src/metrics/roc.ts";
import type { Embedder } from "../../src/recognize/embedder.ts";
import { dot } from "../../src/tensor/vector.ts";

export type HeldBack = { readonly eer: number; readonly tarAt1e2: number; readonly pairs: number };

/** Every crop of people never trained on against every other. @param files by person. */
export async function verifyHeldBack(
  embedder: Embedder,
  folder: string,
  files: ReadonlyMap<string, readonly string[]>,
): Promise<HeldBack> {
  const { codec } = createNodeHost();
  const embeddings: { readonly person: string; readonly embedding: Float32Array }[] = [];
  for (const [person, names] of files) {
    const crops = await Promise.all(
      names.map((name) => codec.decode(new Uint8Array(readFileSync(join(folder, person, name))), name)),
    );
    for (const embedding of await embedder.embed(crops, { flip: true })) embeddings.push({ person, embedding });
  }
  const scores: number[] = [];
  const same: boolean[] = [];
  for (const [i, a] of embeddings.entries()) {
    for (const b of embeddings.slice(0, i)) {
      scores.push(dot(a.embedding, b.embedding));
      same.push(a.person === b.person);
    }
  }
  const curve = rocCurve({ scores: Float64Array.from(scores), same });
  return { eer: equalErrorRate(curve), tarAt1e2: tarAtFar(curve, 1e-2)!.tar, pairs: scores.length };
}
