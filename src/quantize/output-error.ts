/** Outputs by name, run after run. */
export type Answers = readonly Readonly<Record<string, Float32Array>>[];

/**
 * How far a network's outputs are from the true ones: the mean over runs and outputs of ‖y − truth‖² / ‖truth‖². For embeddings
 * of one length that is 2 − 2·cosine.
 */
export function outputError(truth: Answers, answers: Answers): number {
  let [sum, count] = [0, 0];
  for (const [run, outputs] of truth.entries()) {
    for (const [name, expected] of Object.entries(outputs)) {
      const actual = answers[run]?.[name];
      let [difference, size] = [0, 0];
      for (let i = 0; i < expected.length; i++) {
        difference += (expected[i]! - (actual?.[i] ?? 0)) ** 2;
        size += expected[i]! ** 2;
      }
      sum += difference / Math.max(size, Number.MIN_VALUE);
      count++;
    }
  }
  return sum / Math.max(count, 1);
}

/** The cosine between true and actual outputs, a run and output each: their mean, and the least. */
export function outputSimilarity(truth: Answers, answers: Answers): { mean: number; least: number } {
  const cosines = truth.flatMap((outputs, run) =>
    Object.entries(outputs).map(([name, expected]) =>
      cosine(expected, answers[run]?.[name] ?? new Float32Array(expected.length)),
    ),
  );
  return { mean: cosines.reduce((sum, c) => sum + c, 0) / Math.max(cosines.length, 1), least: Math.min(1, ...cosines) };
}

function cosine(a: Float32Array, b: Float32Array): number {
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += a[i]! * b[i]!;
    aa += a[i]! ** 2;
    bb += b[i]! ** 2;
  }
  return ab / Math.max(Math.sqrt(aa * bb), Number.MIN_VALUE);
}
