import type { LayerSensitivity } from "./sensitivity.ts";

export type MixedPlan = {
  /** Layers that stay in float. */
  readonly stays: ReadonlySet<string>;
  /** Points lost with them. */
  readonly loss: number;
  /** Was the loss allowed reached? */
  readonly kept: boolean;
  readonly tried: readonly { readonly layers: number; readonly loss: number }[];
};

/** Of all layers in float nothing would be left to gain. */
const MOST_FLOAT = 1 / 2;

/**
 * As many layers in 8 bits as a loss allows: the most sensitive stay in float, one, two, four … until the loss is within it, then
 * between the last two counts as few as will do.
 *
 * @param ranking the most sensitive first.
 * @param measure points lost where these stay in float; small losses are noisy, and not every step is one down.
 */
export async function planMixed(
  ranking: readonly LayerSensitivity[],
  maxLoss: number,
  measure: (stays: ReadonlySet<string>) => Promise<number>,
): Promise<MixedPlan> {
  const tried = new Map<number, number>();
  const staysOf = (count: number): Set<string> => new Set(ranking.slice(0, count).map(({ layer }) => layer));
  const lossOf = async (count: number): Promise<number> => {
    const loss = tried.get(count) ?? (await measure(staysOf(count)));
    tried.set(count, loss);
    return loss;
  };
  const most = Math.floor(ranking.length * MOST_FLOAT);
  let [failed, count] = [-1, 0];
  while ((await lossOf(count)) > maxLoss && count < most)
    [failed, count] = [count, Math.min(most, Math.max(1, 2 * count))];
  const kept = tried.get(count)! <= maxLoss;
  let least = count;
  while (kept && least - failed > 1) {
    const middle = Math.floor((failed + least) / 2);
    if ((await lossOf(middle)) <= maxLoss) least = middle;
    else failed = middle;
  }
  // Where nothing sufficed, what lost least.
  const chosen = kept ? least : [...tried].reduce((a, b) => (b[1] < a[1] ? b : a))[0];
  return {
    stays: staysOf(chosen),
    loss: tried.get(chosen)!,
    kept,
    tried: [...tried].map(([layers, loss]) => ({ layers, loss })),
  };
}
