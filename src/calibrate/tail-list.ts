/**
 * A list of the likest pairs, of unknown number: pairs are kept above a level that rises as more come, so that about a
 * share of all is there in the end.
 *
 * @param share of the pairs, at least so many of the likest are kept.
 */
export function createTailList(share: number) {
  let scores: number[] = [];
  let pairs: [number, number][] = [];
  let seen = 0;
  let level = -Infinity;

  /** Keeps the likest, twice as many as the share asks for now: enough as long as later pairs are like earlier ones. */
  function thin(): void {
    const keep = Math.max(LEAST, Math.ceil(2 * share * seen));
    if (scores.length <= 2 * keep) return;
    const order = sortedOrder(scores).slice(0, keep);
    level = scores[order.at(-1)!]!;
    scores = order.map((i) => scores[i]!);
    pairs = order.map((i) => pairs[i]!);
  }

  return {
    add(score: number, i: number, j: number): void {
      seen++;
      if (score < level) return;
      scores.push(score);
      pairs.push([i, j]);
      if (scores.length % CHUNK === 0) thin();
    },
    /** The likest first. Above the last score nothing is missing. */
    sorted(): { readonly scores: readonly number[]; readonly pairs: readonly (readonly [number, number])[] } {
      const order = sortedOrder(scores);
      return { scores: order.map((i) => scores[i]!), pairs: order.map((i) => pairs[i]!) };
    },
  };
}

const LEAST = 1000;
const CHUNK = 4096;

function sortedOrder(scores: readonly number[]): number[] {
  return scores.map((_, i) => i).sort((i, j) => scores[j]! - scores[i]!);
}
