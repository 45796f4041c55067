import { createRandom } from "../../tensor/random.ts";
import { l2Normalize } from "../../tensor/vector.ts";
import type { Labelled } from "../vote.ts";

/** Embeddings around directions by lot, one a person: some 40° from it. */
export function clusters(people: readonly number[], size = 64, seed = 1): Float32Array {
  const random = createRandom(seed);
  const draw = (): Float32Array => l2Normalize(Float32Array.from({ length: size }, () => random.normal()));
  const directions = Array.from({ length: Math.max(...people) + 1 }, draw);
  const all = new Float32Array(people.length * size);
  people.forEach((person, i) => {
    const noise = draw();
    all.set(l2Normalize(directions[person]!.map((x, d) => x + 0.8 * noise[d]!)), i * size);
  });
  return all;
}

/** Eight classes of 50: 20 of their own person, and of each of two others 15. */
export function mixedClasses(): Labelled & { readonly people: readonly number[]; readonly labels: readonly number[] } {
  const [people, labels]: [number[], number[]] = [[], []];
  for (let label = 0; label < 8; label++) {
    for (let k = 0; k < 50; k++) {
      labels.push(label);
      people.push(k < 20 ? label : (label + (k < 35 ? 1 : 2)) % 8);
    }
  }
  return { embeddings: clusters(people), labels, people, classes: 8 };
}
