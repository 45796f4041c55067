import type { Sample } from "./template.ts";

/** Somebody of a gallery and how similar a look is to them: a cosine. */
export type NameCandidate = { readonly name: string; readonly similarity: number };

export type NameRules = {
  /** The cosine that makes a name: the recogniser's threshold at the rate of false accepts that is wanted. */
  readonly nameSimilarity: number;
};

// One very good look (quality 0.9, 0.3 above the threshold) gives 8: a name from a single frame must be outstanding.
const SLOPE = 30;
const MOST_A_LOOK = 6;
const MOST = 15;
const LEAST = -10;
/** From here on a name is sure, if it leads by the lead; it stays so until it falls below the end. */
const SURE = 7;
const LEAD = 4;
const END = -2;

/**
 * What speaks for each name after one more look. A name that the gallery did not put among its best is at most as similar
 * as the last that it did.
 *
 * @param candidates of that look, best first; empty where the gallery is.
 */
export function addCandidates(
  names: ReadonlyMap<string, number>,
  { quality }: Sample,
  candidates: readonly NameCandidate[],
  { nameSimilarity }: NameRules,
): Map<string, number> {
  const floor = candidates.at(-1)?.similarity ?? 0;
  const heard = new Map(candidates.map(({ name, similarity }) => [name, similarity]));
  const after = new Map<string, number>();
  for (const name of new Set([...names.keys(), ...heard.keys()])) {
    const odds = SLOPE * quality * ((heard.get(name) ?? Math.min(floor, nameSimilarity)) - nameSimilarity);
    const score = (names.get(name) ?? 0) + Math.min(MOST_A_LOOK, Math.max(-MOST_A_LOOK, odds));
    // A name with nothing for it is forgotten, but one that was believed is kept to count against.
    if (score > 0 || names.has(name)) after.set(name, Math.min(MOST, Math.max(LEAST, score)));
  }
  return after;
}

/** @param current the name that was sure so far: it changes only when it is contradicted. */
export function sureName(names: ReadonlyMap<string, number>, current: string | null): string | null {
  if (current !== null && (names.get(current) ?? END) > END) return current;
  const [best, second] = [...names].sort((a, b) => b[1] - a[1]);
  return best && best[1] >= SURE && best[1] - (second?.[1] ?? 0) >= LEAD ? best[0] : null;
}
