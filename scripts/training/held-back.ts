import { readFileSync } from "node:fs";
import { join } from "node:path";
import { verifyPeople } from "../../src/finetune/people-verification.ts";
import { createNodeHost } from "../../src/host/host.node.ts";
import type { Embedder } from "../../src/recognize/embedder.ts";

export type HeldBack = { readonly eer: number; readonly tarAt1e2: number; readonly pairs: number };

/** Every crop of people never trained on against every other. @param files by person. */
export async function verifyHeldBack(
  embedder: Embedder,
  folder: string,
  files: ReadonlyMap<string, readonly string[]>,
): Promise<HeldBack> {
  const { codec } = createNodeHost();
  const embeddings: { readonly person: number; readonly embedding: Float32Array }[] = [];
  for (const [number, [person, names]] of [...files].entries()) {
    const crops = await Promise.all(
      names.map((name) => codec.decode(new Uint8Array(readFileSync(join(folder, person, name))), name)),
    );
    for (const embedding of await embedder.embed(crops, { flip: true })) embeddings.push({ person: number, embedding });
  }
  const verified = verifyPeople(
    embeddings.map(({ embedding }) => embedding),
    embeddings.map(({ person }) => person),
  );
  const { eer, atFar, genuinePairs, impostorPairs } = verified;
  return { eer, tarAt1e2: atFar["1e-2"]!.tar, pairs: genuinePairs + impostorPairs };
}
