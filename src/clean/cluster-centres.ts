import { throwIfCancelled } from "../errors.ts";
import { nextMacrotask } from "../host/macrotask.ts";
import { createRandom, type Random } from "../tensor/random.ts";
import { dot } from "../tensor/vector.ts";
import type { Centres, Labelled } from "./vote.ts";

export type ClusterOptions = {
  /** K, centres a class. Default 3. */
  readonly subCenters?: number;
  /** Starts a class, of which the best is taken. Default 8. */
  readonly restarts?: number;
  readonly seed?: number;
  /** Classes. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  readonly signal?: AbortSignal;
};

const MOST_ROUNDS = 20;

/**
 * Centres of classes by spherical k-means, each class for itself: the mean cosine of its crops to the nearest centre is
 * made large. Centres start as k-means++ has them.
 *
 * @param size D, numbers in an embedding.
 * @throws {ArcfaceError} CANCELLED.
 */
export async function clusterCentres(
  { embeddings, labels, classes }: Labelled,
  size: number,
  { subCenters = 3, restarts = 8, seed = 0, onProgress, signal }: ClusterOptions = {},
): Promise<Centres> {
  const weights = new Float32Array(classes * subCenters * size);
  const rows: Float32Array[][] = Array.from({ length: classes }, () => []);
  for (let i = 0; i < labels.length; i++) rows[labels[i]!]!.push(embeddings.subarray(i * size, (i + 1) * size));
  for (const [label, own] of rows.entries()) {
    if (label % 16 === 0) await nextMacrotask(); // Ctrl-C is heard, the progress seen
    throwIfCancelled(signal, "clean");
    onProgress?.({ done: label + 1, total: classes });
    if (own.length === 0) continue;
    // A stream of its own: what a class is made of does not depend on the other classes.
    const random = createRandom(seed + label);
    const runs = Array.from({ length: subCenters === 1 ? 1 : restarts }, () => cluster(own, subCenters, random));
    const best = runs.reduce((a, b) => (b.sum > a.sum ? b : a));
    best.centres.forEach((centre, k) => void weights.set(centre, (label * subCenters + k) * size));
  }
  return { weights, subCenters, size };
}

/** @returns centres of length 1, and the sum of the rows' cosines to the nearest. */
function cluster(
  rows: readonly Float32Array[],
  count: number,
  random: Random,
): { centres: Float32Array[]; sum: number } {
  let centres = spreadOut(rows, count, random);
  let nearest: number[] = [];
  for (let round = 0; ; round++) {
    const cosines = rows.map((row) => centres.map((centre) => dot(row, centre)));
    const now = cosines.map((own) => own.indexOf(Math.max(...own)));
    const same = now.every((k, i) => k === nearest[i]);
    nearest = now;
    if (same || round === MOST_ROUNDS)
      return { centres, sum: cosines.reduce((sum, own, i) => sum + own[nearest[i]!]!, 0) };
    centres = centres.map((centre, k) => direction(rows.filter((_, i) => nearest[i] === k)) ?? centre);
  }
}

/** Rows as first centres: each by lot, the likelier the farther it lies from those before (k-means++). */
function spreadOut(rows: readonly Float32Array[], count: number, random: Random): Float32Array[] {
  const centres = [rows[Math.floor(random.uniform() * rows.length)]!];
  const apart = rows.map((row) => 1 - dot(row, centres[0]!));
  while (centres.length < count) {
    const centre = rows[byLot(apart, random)]!;
    centres.push(centre);
    rows.forEach((row, i) => {
      apart[i] = Math.max(0, Math.min(apart[i]!, 1 - dot(row, centre)));
    });
  }
  return centres;
}

/** An index, by chances that are as the weights; 0 where all of them are 0. */
function byLot(weights: readonly number[], random: Random): number {
  let left = random.uniform() * weights.reduce((sum, x) => sum + x, 0);
  for (const [i, weight] of weights.entries()) {
    left -= weight;
    if (left < 0) return i;
  }
  return 0;
}

/** Where rows point to together; `null` where there are none, or they cancel out. */
function direction(rows: readonly Float32Array[]): Float32Array | null {
  const sum = new Float32Array(rows[0]?.length ?? 0);
  for (const row of rows) for (let d = 0; d < sum.length; d++) sum[d]! += row[d]!;
  const length = Math.sqrt(dot(sum, sum));
  return length > 0 ? sum.map((x) => x / length) : null;
}
