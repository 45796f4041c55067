/** Scores, falling, with a number beside each. */
export type TopScores = { readonly scores: Float64Array; readonly owners: Uint32Array };

/**
 * The highest of many scores, each with whose it is.
 *
 * @param count how many are kept at most.
 */
export function topScores(count: number) {
  const room = 2 * count + 1000;
  const scores = new Float64Array(room);
  const owners = new Uint32Array(room);
  let held = 0;
  let least = -Infinity;
  const trim = (): void => {
    const order = Uint32Array.from({ length: held }, (_, i) => i)
      .sort((i, j) => scores[j]! - scores[i]!)
      .subarray(0, count);
    const kept = [Float64Array.from(order, (i) => scores[i]!), Uint32Array.from(order, (i) => owners[i]!)] as const;
    scores.set(kept[0]);
    owners.set(kept[1]);
    held = order.length;
    if (held === count) least = scores[held - 1]!;
  };
  return {
    offer(score: number, owner: number): void {
      if (score <= least) return;
      scores[held] = score;
      owners[held++] = owner;
      if (held === room) trim();
    },
    falling(): TopScores {
      trim();
      return { scores: scores.slice(0, held), owners: owners.slice(0, held) };
    },
  };
}
