import { ArcfaceError } from "../errors.ts";

/** Probabilities of logits: e^x / Σ e^x. */
export function softmax(logits: readonly number[]): number[] {
  const largest = Math.max(...logits);
  const powers = logits.map((x) => Math.exp(x - largest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

/**
 * What a classifier says, the likeliest first; of equally likely ones the first.
 *
 * @param values one a class.
 * @param isSoftmax are they probabilities already?
 * @throws {ArcfaceError} MODEL_MISMATCH where there are not as many values as classes.
 */
export function parseClassification(
  values: readonly number[],
  classes: readonly string[],
  isSoftmax: boolean,
): { readonly name: string; readonly score: number }[] {
  if (values.length !== classes.length) {
    throw new ArcfaceError(
      "MODEL_MISMATCH",
      `Number of labels and scores mismatch. Provided ${values.length} scores and ${classes.length} class names.`,
    );
  }
  const scores = isSoftmax ? values : softmax(values);
  return classes.map((name, i) => ({ name, score: scores[i]! })).sort((a, b) => b.score - a.score);
}
