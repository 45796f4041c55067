/** LFW by the default recogniser, end to end, as evaluations keep it. */
import { join } from "node:path";
import { embedTestSet } from "../../src/evaluate/embed-test-set.node.ts";
import { openPictureEmbedder } from "../../src/evaluate/picture-embedder.node.ts";
import { protocolOf } from "../../src/evaluate/protocols.node.ts";
import { l2Normalize } from "../../src/tensor/vector.ts";
import { cacheFolder } from "../../src/zoo/cache/cache.node.ts";

/** Of each person the first photograph is enrolled; the others are asked about. */
export async function realFaces(folder: string): Promise<{ enrolled: Float32Array[]; asked: Float32Array[] }> {
  await using source = await openPictureEmbedder({ withDetector: true });
  const set = await protocolOf("lfw").load(folder, {});
  const cacheDir = join(cacheFolder(), "embeddings");
  const { embeddings } = await embedTestSet(set, source, { flip: false, cacheDir });
  const seen = new Set<string>();
  const [enrolled, asked]: [Float32Array[], Float32Array[]] = [[], []];
  for (const [i, { person }] of set.templates.entries()) {
    const embedding = embeddings[i];
    if (!embedding) continue;
    (seen.has(person!) ? asked : enrolled).push(l2Normalize(embedding));
    seen.add(person!);
  }
  return { enrolled, asked };
}
