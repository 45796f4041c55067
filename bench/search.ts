/**
 * What a search costs: the nearest people among 100,000 templates of 512, beside reading the same numbers once with `dot`.
 *
 *     npx tsx bench/search.ts
 */
import { createExactIndex } from "../src/gallery/exact-index.ts";
import { noise } from "../src/onnx/noise.ts";
import { dot, l2Normalize } from "../src/tensor/vector.ts";

const TEMPLATES = 100_000;
const SIZE = 512;
const ROUNDS = 20;

const embeddings = Array.from({ length: TEMPLATES }, (_, i) => l2Normalize(noise(SIZE, i)));
const index = createExactIndex(SIZE);
index.add(embeddings.map((embedding, i) => ({ id: i + 1, personId: Math.floor(i / 5) + 1, embedding })));

const times: Record<"search" | "plain", number[]> = { search: [], plain: [] };
for (let round = 0; round < ROUNDS; round++) {
  const probe = embeddings[(round * 4999) % TEMPLATES]!;
  let start = performance.now();
  const [best] = index.search(probe, { limit: 5 });
  times.search.push(performance.now() - start);
  start = performance.now();
  const largest = embeddings.reduce((most, embedding) => Math.max(most, dot(embedding, probe)), -1);
  times.plain.push(performance.now() - start);
  // Both looked at every template: the probe itself is among them.
  if (Math.abs(best!.similarity - 1) > 1e-5 || Math.abs(largest - 1) > 1e-5) throw new Error("a search went wrong");
}
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;
console.log(`${TEMPLATES} templates of ${SIZE}, medians of ${ROUNDS}`);
console.log(`search  ${median(times.search).toFixed(1)} ms`);
console.log(
  `plain   ${median(times.plain).toFixed(1)} ms, ${(median(times.plain) / median(times.search)).toFixed(2)}× as long`,
);
