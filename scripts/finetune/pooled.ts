import { bootstrapByPerson, type Interval } from "../../src/metrics/bootstrap.ts";
import { weightedRoc } from "../../src/metrics/weighted-roc.ts";
import { dot } from "../../src/tensor/vector.ts";

/** People who were held back in one split: embeddings by the network as it was, and by each that was trained, one a seed. */
export type Split = {
  readonly labels: readonly number[];
  readonly before: readonly Float32Array[];
  readonly after: readonly (readonly Float32Array[])[];
};

/** Means over splits and seeds, rates as fractions: as it was, and the difference that fine-tuning made. */
export type Pooled = Readonly<Record<"eer" | "tar", { readonly before: Interval; readonly difference: Interval }>>;

/**
 * EER and TAR over all pairs of each split's people, before and after, with bootstrap intervals by person. Nobody is in two
 * splits, so that people are drawn from all of them together; each draw is the same for before and after, and for every seed.
 */
export function pooledComparison(
  splits: readonly Split[],
  { far = 1e-3, draws = 1000 }: { far?: number; draws?: number } = {},
): Pooled {
  const people = { a: [] as number[], b: [] as number[] };
  let numbered = 0;
  const rocs = splits.map(({ labels, before, after }) => {
    const start = people.a.length;
    const n = labels.length;
    for (let i = 0; i < n; i++) {
      for (let j = i + 1; j < n; j++) {
        people.a.push(numbered + labels[i]!);
        people.b.push(numbered + labels[j]!);
      }
    }
    numbered += Math.max(...labels) + 1;
    const end = people.a.length;
    const same = Array.from({ length: end - start }, (_, i) => people.a[start + i] === people.b[start + i]);
    const rocOf = (embeddings: readonly Float32Array[]) => weightedRoc({ scores: scoresOf(embeddings), same });
    return { start, end, before: rocOf(before), after: after.map(rocOf) };
  });
  const intervals = bootstrapByPerson(
    people,
    (weights) => {
      const each = rocs.map(({ start, end, before, after }) => {
        const own = weights.subarray(start, end);
        const then = before(own, [far]);
        const now = after.map((roc) => roc(own, [far]));
        return [...then, ...then.map((value, k) => mean(now.map((row) => row[k]!)) - value)];
      });
      return each[0]!.map((_, k) => mean(each.map((row) => row[k]!)));
    },
    { draws },
  );
  const [eer, tar, eerDifference, tarDifference] = intervals as [Interval, Interval, Interval, Interval];
  return {
    eer: { before: eer, difference: eerDifference },
    tar: { before: tar, difference: tarDifference },
  };
}

function scoresOf(embeddings: readonly Float32Array[]): Float32Array {
  const n = embeddings.length;
  const scores = new Float32Array((n * (n - 1)) / 2);
  let at = 0;
  for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) scores[at++] = dot(embeddings[i]!, embeddings[j]!);
  return scores;
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
