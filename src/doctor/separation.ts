import { dot, l2Normalize } from "../tensor/vector.ts";
import { randomFrom } from "./random.ts";

/** Whom an embedding shows. Two of one `identity` are a genuine pair, two of different `person`s an impostor pair. */
export type Label = { readonly person: number; readonly identity: number };

/** Cosines summed so that people can be weighed anew in no time. `n`, `sum` and `squares` of impostors are people². */
export type PairSums = {
  readonly people: number;
  readonly genuine: { readonly n: Float64Array; readonly sum: Float64Array };
  readonly impostor: { readonly n: Float64Array; readonly sum: Float64Array; readonly squares: Float64Array };
};

/**
 * @param embeddings of any length but all of one; not finite ones make a separation of NaN.
 * @param labels one an embedding; people are counted from 0 in order of appearance, whatever their numbers are.
 */
export function sumPairs(embeddings: readonly Float32Array[], labels: readonly Label[]): PairSums {
  const index = new Map<number, number>();
  for (const { person } of labels) if (!index.has(person)) index.set(person, index.size);
  const people = index.size;
  const at = labels.map(({ person }) => index.get(person)!);
  const unit = embeddings.map(l2Normalize);
  const genuine = { n: new Float64Array(people), sum: new Float64Array(people) };
  const cells = people * people;
  const impostor = { n: new Float64Array(cells), sum: new Float64Array(cells), squares: new Float64Array(cells) };
  for (let i = 0; i < unit.length; i++) {
    for (let j = 0; j < i; j++) {
      const [p, q] = [at[i]!, at[j]!];
      if (p === q && labels[i]!.identity !== labels[j]!.identity) continue;
      const cosine = dot(unit[i]!, unit[j]!);
      if (p === q) {
        genuine.n[p]!++;
        genuine.sum[p]! += cosine;
      } else {
        const cell = Math.max(p, q) * people + Math.min(p, q);
        impostor.n[cell]!++;
        impostor.sum[cell]! += cosine;
        impostor.squares[cell]! += cosine * cosine;
      }
    }
  }
  return { people, genuine, impostor };
}

/**
 * How far genuine pairs are from impostor pairs: the difference of their mean cosines in standard deviations of the
 * impostors'. The spread of genuine pairs does not enter: a wrong label among them would.
 *
 * @param weights one a person; a pair counts by the product of its people's, a genuine pair by its person's.
 * @returns NaN where there are no pairs of one kind, or all impostors are alike.
 */
export function separation({ people, genuine, impostor }: PairSums, weights: Float64Array): number {
  let [gn, gs, n, s, ss] = [0, 0, 0, 0, 0];
  for (let p = 0; p < people; p++) {
    const w = weights[p]!;
    if (w === 0) continue;
    gn += w * genuine.n[p]!;
    gs += w * genuine.sum[p]!;
    for (let q = 0; q < p; q++) {
      const both = w * weights[q]!;
      if (both === 0) continue;
      const cell = p * people + q;
      n += both * impostor.n[cell]!;
      s += both * impostor.sum[cell]!;
      ss += both * impostor.squares[cell]!;
    }
  }
  const mean = s / n;
  // Cosines of float32 vectors: what is left below this is rounding, of embeddings that are all alike.
  const variance = ss / n - mean * mean;
  return variance > 1e-12 ? (gs / gn - mean) / Math.sqrt(variance) : Number.NaN;
}

/** How many there are of both kinds. */
export function countSums({ genuine, impostor }: PairSums): { genuine: number; impostor: number } {
  const total = (values: Float64Array): number => values.reduce((a, b) => a + b, 0);
  return { genuine: total(genuine.n), impostor: total(impostor.n) };
}

/** Bootstrap draws. */
export const DRAWS = 400;

/**
 * Weights for a bootstrap: the first draw has everybody once, each other one unit less than there are, drawn with
 * replacement: as many as there are would spread too little where they are few. The same seed and count give the same draws, so that what is measured under two of them is paired.
 */
export function drawWeights(units: number, draws: number, seed = 1): Float64Array[] {
  const random = randomFrom(seed);
  return Array.from({ length: draws + 1 }, (_, draw) => {
    if (draw === 0) return new Float64Array(units).fill(1);
    const weights = new Float64Array(units);
    for (let k = 1; k < units; k++) weights[Math.floor(random() * units)]!++;
    return weights;
  });
}
