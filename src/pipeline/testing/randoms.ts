/** A generator of numbers from 0 to 1 that are equal in every run. */
export function randoms(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 16_807) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
