import { l2Normalize } from "../../tensor/vector.ts";

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A random direction. */
export function randomEmbedding(seed: number, dimension = 512): Float32Array {
  const random = seeded(seed);
  return l2Normalize(Float32Array.from({ length: dimension }, () => random() + random() + random() - 1.5));
}

/** Another face of the same person: `person` with noise, whose cosine to it is about 1/√(1 + noise²). */
export function nearby(person: Float32Array, noise: number, seed: number): Float32Array {
  const other = randomEmbedding(seed, person.length);
  return l2Normalize(person.map((value, i) => value + noise * other[i]!));
}
