import { drawCounts, type Interval, intervalOfDraws, quantile } from "../metrics/bootstrap.ts";
import { createRandom, type Random } from "../tensor/random.ts";

/** The likest pairs of different people of a set, the likest first, and what of the rest the rates need. */
export type TailPairs = {
  readonly scores: ArrayLike<number>;
  /** The people of each pair. */
  readonly a: ArrayLike<number>;
  readonly b: ArrayLike<number>;
  /** How many images each person has. */
  readonly images: ArrayLike<number>;
};

type Draws = { readonly draws: number; readonly seed: number };

/**
 * Where the threshold of a false-accept rate lies among people like these: 95 %, by drawing people; what pairs vary too
 * much by then is taken out as bootstrapByPerson does.
 */
export function thresholdInterval(
  pairs: TailPairs,
  rate: number,
  threshold: number,
  { draws, seed }: Draws,
): readonly [number, number] {
  const random = createRandom(seed);
  const { scores, a, b, images } = pairs;
  const total = impostorPairs(images, new Float64Array(images.length).fill(1));
  const byPerson = Array.from({ length: draws }, () => {
    const drawn = drawCounts(images.length, random);
    return thresholdOf(scores, (i) => drawn[a[i]!]! * drawn[b[i]!]!, rate * impostorPairs(images, drawn));
  });
  const byPair = Array.from({ length: draws }, () => thresholdOf(scores, () => poisson(random), rate * total));
  const { low, high } = intervalOfDraws(threshold, byPerson, byPair, 0.95);
  return [low, high];
}

/** True accepts of pairs of one person at a threshold, 95 % by drawing people. */
export function tarInterval(
  pairs: readonly { readonly person: number; readonly score: number }[],
  people: number,
  threshold: number,
  { draws, seed }: Draws,
): Interval {
  const accepted = new Float64Array(people);
  const all = new Float64Array(people);
  for (const { person, score } of pairs) {
    all[person]!++;
    if (score >= threshold) accepted[person]!++;
  }
  const random = createRandom(seed);
  const tar = (weights: ArrayLike<number>): number => {
    let [got, of] = [0, 0];
    for (let p = 0; p < people; p++) {
      got += weights[p]! * accepted[p]!;
      of += weights[p]! * all[p]!;
    }
    return got / of;
  };
  const drawn = Array.from({ length: draws }, () => tar(drawCounts(people, random)))
    .filter(Number.isFinite)
    .sort((x, y) => x - y);
  return { value: tar(new Float64Array(people).fill(1)), low: quantile(drawn, 0.025), high: quantile(drawn, 0.975) };
}

/** The score of the first pair that may not be accepted; NaN where the list is too short to hold it. */
function thresholdOf(scores: ArrayLike<number>, weight: (i: number) => number, allowed: number): number {
  let accepted = 0;
  for (let i = 0; i < scores.length; i++) {
    accepted += weight(i);
    if (accepted > allowed) return scores[i]!;
  }
  return Number.NaN;
}

/** Pairs of images of different people, each person counted so often. */
function impostorPairs(images: ArrayLike<number>, times: ArrayLike<number>): number {
  let [sum, own] = [0, 0];
  for (let p = 0; p < images.length; p++) {
    const count = images[p]! * times[p]!;
    sum += count;
    own += count * count;
  }
  return (sum * sum - own) / 2;
}

/** How often a pair is drawn where each is drawn once on average. */
function poisson(random: Random): number {
  const u = random.uniform();
  let [k, p] = [0, Math.exp(-1)];
  for (let below = p; u >= below && k < 12; below += p) p /= ++k;
  return k;
}
