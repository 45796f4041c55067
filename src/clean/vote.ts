import { expected } from "../errors.ts";

/** Crops by their embeddings, each with the class that it is labelled as. */
export type Labelled = {
  /** [n, D], rows of length 1. */
  readonly embeddings: Float32Array;
  /** [n], each below `classes`. */
  readonly labels: ArrayLike<number>;
  readonly classes: number;
};

/** Centres of classes: [classes, K, D], rows of any length but 0. */
export type Centres = { readonly weights: Float32Array; readonly subCenters: number; readonly size: number };

/** What the centres say of each crop, without a threshold. */
export type Votes = {
  /** [n], of the crop's own class: 0 … K − 1. */
  readonly nearest: Uint8Array;
  /** [classes], the centre that most crops of the class are nearest to; of equal ones the first. */
  readonly dominant: Uint8Array;
  /** [n], degrees from the dominant centre of the crop's class. */
  readonly angles: Float32Array;
};

const DEGREES = 180 / Math.PI;

/**
 * The sub-center method: each crop votes for the nearest of its class's centres, and is measured from the one with
 * most votes.
 *
 * Source: insightface recognition/subcenter_arcface/drop.py.
 *
 * @throws {ArcfaceError} INVALID_ARGUMENT where sizes do not fit, or a label is no class.
 */
export function vote({ embeddings, labels, classes }: Labelled, { weights, subCenters, size }: Centres): Votes {
  const n = labels.length;
  if (embeddings.length !== n * size)
    throw expected("clean", `${n} embeddings of ${size}`, `${embeddings.length} numbers`);
  if (weights.length !== classes * subCenters * size)
    throw expected("clean", `centres of ${classes}·${subCenters}·${size}`, `${weights.length} numbers`);
  const centres = unitRows(weights, size);
  const nearest = new Uint8Array(n);
  const cosines = new Float32Array(n * subCenters);
  const counts = new Uint32Array(classes * subCenters);
  for (let i = 0; i < n; i++) {
    const label = labels[i]!;
    if (!(Number.isInteger(label) && label >= 0 && label < classes))
      throw expected("clean", `labels below ${classes}`, `${label}`);
    for (let k = 0; k < subCenters; k++) {
      const at = (label * subCenters + k) * size;
      let sum = 0;
      for (let d = 0; d < size; d++) sum += embeddings[i * size + d]! * centres[at + d]!;
      cosines[i * subCenters + k] = sum;
    }
    nearest[i] = largest(cosines, i * subCenters, subCenters);
    counts[label * subCenters + nearest[i]!]!++;
  }
  const dominant = Uint8Array.from({ length: classes }, (_, c) => largest(counts, c * subCenters, subCenters));
  const angles = Float32Array.from({ length: n }, (_, i) => {
    const cosine = cosines[i * subCenters + dominant[labels[i]!]!]!;
    return DEGREES * Math.acos(Math.max(-1, Math.min(1, cosine)));
  });
  return { nearest, dominant, angles };
}

/** The crops by what speaks for them: the paper's anatomy of a set. */
export type Anatomy = {
  readonly dominantKept: number;
  readonly dominantDropped: number;
  readonly otherKept: number;
  readonly otherDropped: number;
};

/** @param threshold degrees: a crop is kept where its angle is smaller. */
export function anatomyOf({ nearest, dominant, angles }: Votes, labels: ArrayLike<number>, threshold: number): Anatomy {
  const counts = { dominantKept: 0, dominantDropped: 0, otherKept: 0, otherDropped: 0 };
  for (let i = 0; i < angles.length; i++) {
    const where = nearest[i] === dominant[labels[i]!] ? "dominant" : "other";
    counts[`${where}${angles[i]! < threshold ? "Kept" : "Dropped"}`]++;
  }
  return counts;
}

function largest(values: ArrayLike<number>, from: number, count: number): number {
  let best = 0;
  for (let k = 1; k < count; k++) if (values[from + k]! > values[from + best]!) best = k;
  return best;
}

function unitRows(x: Float32Array, size: number): Float32Array {
  const unit = new Float32Array(x.length);
  for (let at = 0; at < x.length; at += size) {
    let squares = 0;
    for (let d = 0; d < size; d++) squares += x[at + d]! ** 2;
    const scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
    for (let d = 0; d < size; d++) unit[at + d] = x[at + d]! * scale;
  }
  return unit;
}
