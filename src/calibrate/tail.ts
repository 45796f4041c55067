/** One number a visit, and who the visitor was, numbered from 0. */
export type Visits = {
  /** The similarity of the visit to the likest enrolled person. */
  readonly best: ArrayLike<number>;
  readonly visitor: ArrayLike<number>;
};

/**
 * The upper end of what strangers score. Cosines of unrelated embeddings are nearly normal about their mean, whose tail
 * falls as exp(−z²/2σ²): so of those above `start` the square of the distance from `centre` falls exponentially, by one
 * number. P(best ≥ t) = share · exp(−((t − centre)² − (start − centre)²) / scale) for t ≥ start.
 */
export type Tail = {
  /** The mean similarity of strangers. */
  readonly centre: number;
  readonly start: number;
  /** Visitors above start: the share, and how many of them the fit rests on (repeated visits of one count as one). */
  readonly share: number;
  readonly above: number;
  readonly scale: number;
};

/**
 * The share of visitors that the tail is fitted on. The best of many falls a little faster at its start than further out:
 * with so many in, the rates told are somewhat too high, which is the safe side (docs/decisions/promise.md).
 */
const SHARE = 0.3;

/**
 * How far the curve itself may be off, as a deviation of the logarithm: beyond the many there are lookalikes and relatives, whom
 * they do not foretell. Names given in draws of LFW were 0.8 to 1.3 times as many as told (docs/decisions/promise.md).
 */
const MISFIT = 0.35;

/**
 * Each visitor counts once, their visits in equal parts.
 *
 * @returns `null` where fewer than 10 visitors are in the tail, or all of those score alike.
 */
export function fitTail({ best, visitor }: Visits, centre: number): Tail | null {
  const visits = new Map<number, number>();
  for (let i = 0; i < visitor.length; i++) visits.set(visitor[i]!, (visits.get(visitor[i]!) ?? 0) + 1);
  const people = visits.size;
  const order = Uint32Array.from({ length: best.length }, (_, i) => i).sort((i, j) => best[j]! - best[i]!);
  let [counted, k] = [0, 0];
  for (; k < order.length && counted < SHARE * people; k++) counted += 1 / visits.get(visitor[order[k]!]!)!;
  const start = best[order[k]!];
  if (start === undefined || start <= centre) return null;
  const own = new Map<number, number>();
  let excess = 0;
  for (const i of order.subarray(0, k)) {
    const weight = 1 / visits.get(visitor[i]!)!;
    own.set(visitor[i]!, (own.get(visitor[i]!) ?? 0) + weight);
    excess += weight * ((best[i]! - centre) ** 2 - (start - centre) ** 2);
  }
  // As many visitors, each counting the same, as would tell as much (Kish).
  const above = counted ** 2 / [...own.values()].reduce((sum, weight) => sum + weight * weight, 0);
  if (above < 10 || excess <= 0) return null;
  return { centre, start, share: counted / people, above, scale: excess / counted };
}

/** How many visitors in a hundred, thousand … score t or more; and by how much its logarithm may be off (one deviation). */
export function tailRate({ centre, start, share, above, scale }: Tail, t: number): { rate: number; logError: number } {
  const x = ((t - centre) ** 2 - (start - centre) ** 2) / scale;
  // Of the share, a binomial's; of the scale, an exponential's mean.
  return { rate: share * Math.exp(-x), logError: Math.hypot(MISFIT, Math.sqrt((1 - share + x * x) / above)) };
}
