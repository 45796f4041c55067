import { expected } from "../errors.ts";

/**
 * Similarity → how likely it is that both are the same person, at even odds beforehand:
 * p = 1 / (1 + exp(−(slope · similarity + intercept))).
 */
export type ProbabilityMap = { readonly slope: number; readonly intercept: number };

/** Scores and how much each counts. */
export type Weighted = { readonly scores: ArrayLike<number>; readonly weights: ArrayLike<number> };

/** Rows of a reliability diagram, and what they sum up to. */
export type Reliability = {
  /** Bins in which something lies: the mean of what was said, and the share that was so. */
  readonly bins: readonly { readonly said: number; readonly was: number; readonly share: number }[];
  /** Mean distance of the two, each bin by its share. */
  readonly error: number;
  /** Mean square of what was said less what was. */
  readonly brier: number;
};

/**
 * Logistic regression on the similarity (Platt's scaling), both kinds counting the same in all, so that the odds
 * beforehand are even whatever the data hold. Targets are drawn in a little as Platt does, so that kinds wholly apart
 * give a slope that is steep, not endless.
 *
 * @throws {ArcfaceError} INVALID_ARGUMENT where one kind has no weight.
 * Source: J. Platt, "Probabilistic outputs for support vector machines", 1999.
 */
export function fitProbability(genuine: Weighted, impostor: Weighted): ProbabilityMap {
  const kinds = [genuine, impostor].map(({ scores, weights }, k) => {
    const total = sum(weights);
    if (!(total > 0))
      throw expected("probability", "pairs of one person and of two", k === 0 ? "two only" : "one only");
    const target = k === 0 ? (total + 1) / (total + 2) : 1 / (total + 2);
    return { scores, weights, total, target };
  });
  /** The log loss, each kind counting one. */
  const loss = (slope: number, intercept: number): number => {
    let total = 0;
    for (const kind of kinds) {
      for (let i = 0; i < kind.scores.length; i++) {
        const z = slope * kind.scores[i]! + intercept;
        total +=
          (kind.weights[i]! / kind.total) * (Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - kind.target * z);
      }
    }
    return total;
  };
  let [slope, intercept] = [0, 0];
  let now = loss(slope, intercept);
  for (let step = 0; step < 100; step++) {
    // Newton's method: gradient and second derivatives of the loss.
    let [g0, g1, h00, h01, h11] = [0, 0, 1e-12, 0, 1e-12];
    for (const { scores, weights, total, target } of kinds) {
      for (let i = 0; i < scores.length; i++) {
        const s = scores[i]!;
        const p = logistic(slope * s + intercept);
        const share = weights[i]! / total;
        const curve = share * p * (1 - p);
        g0 += share * (p - target);
        g1 += share * (p - target) * s;
        h00 += curve;
        h01 += curve * s;
        h11 += curve * s * s;
      }
    }
    const determinant = h00 * h11 - h01 * h01;
    const [down, along] = [(h00 * g1 - h01 * g0) / determinant, (h11 * g0 - h01 * g1) / determinant];
    // A whole step may jump over the answer where the curve is flat: halved until the loss falls.
    let scale = 1;
    let next = loss(slope - down, intercept - along);
    while (next > now && scale > 1e-6) {
      scale /= 2;
      next = loss(slope - scale * down, intercept - scale * along);
    }
    slope -= scale * down;
    intercept -= scale * along;
    const won = now - next;
    now = next;
    if (won < 1e-14) break;
  }
  return { slope, intercept };
}

/** @param prior how likely it was before looking; 0.5 are even odds. */
export function probabilityOf({ slope, intercept }: ProbabilityMap, similarity: number, prior = 0.5): number {
  if (!(prior > 0 && prior < 1)) throw expected("probability", "a prior between 0 and 1", `${prior}`);
  return logistic(slope * similarity + intercept + Math.log(prior / (1 - prior)));
}

/** Of pairs that the map was not fitted on, at even odds; what was said falls into ten bins of one width. */
export function reliability(map: ProbabilityMap, genuine: Weighted, impostor: Weighted): Reliability {
  const bins = Array.from({ length: 10 }, () => ({ said: 0, was: 0, share: 0 }));
  let brier = 0;
  for (const [k, { scores, weights }] of [impostor, genuine].entries()) {
    const total = 2 * sum(weights);
    if (!(total > 0))
      throw expected("reliability", "pairs of one person and of two", k === 1 ? "two only" : "one only");
    for (let i = 0; i < scores.length; i++) {
      const share = weights[i]! / total;
      const said = probabilityOf(map, scores[i]!);
      const bin = bins[Math.min(9, Math.floor(10 * said))]!;
      bin.said += share * said;
      bin.was += share * k;
      bin.share += share;
      brier += share * (said - k) ** 2;
    }
  }
  const held = bins
    .filter(({ share }) => share > 0)
    .map(({ said, was, share }) => ({ said: said / share, was: was / share, share }));
  return {
    bins: held,
    error: held.reduce((all, { said, was, share }) => all + share * Math.abs(said - was), 0),
    brier,
  };
}

function logistic(x: number): number {
  return x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x));
}

function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i]!;
  return total;
}
