import { expected, throwIfCancelled } from "../errors.ts";
import { farSupport } from "../metrics/roc.ts";

export type LabelledEmbeddings = {
  /** L2-normalised, all of one length. */
  readonly embeddings: readonly Float32Array[];
  /** Whose each is. */
  readonly labels: readonly (string | number)[];
};

export type ThresholdAtFar = {
  readonly falseAcceptRate: number;
  /** Cosine, a multiple of RESOLUTION: at or above it is "the same person". The lowest such that keeps the rate. */
  readonly threshold: number;
  /** The rate met, at most the one asked for. */
  readonly measuredRate: number;
  /** True accepts of all genuine pairs at that threshold; `null` where no person has two images. */
  readonly tar: number | null;
};

export type FolderThresholds = {
  readonly images: number;
  readonly people: number;
  readonly genuinePairs: number;
  readonly impostorPairs: number;
  /** Rates that so many impostor pairs can tell (half a false accept expected, at least), as asked for. */
  readonly thresholds: readonly ThresholdAtFar[];
};

export type FolderThresholdsOptions = {
  /** Default 1e-3, 1e-4, 1e-5, 1e-6. */
  readonly rates?: readonly number[];
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  readonly signal?: AbortSignal;
};

/** The width of the histogram's bins, in cosine. */
export const RESOLUTION = 1e-5;

const BINS = 200_001;
/** Images a block: two blocks of 512 numbers each in float64 stay in the second-level cache. */
const BLOCK = 64;

/**
 * Score every pair of images and find the thresholds for false-accept rates: what a model card states.
 *
 * Scores are counted in bins of 1e-5, so a threshold is at most that much above the lowest that keeps its rate; rates
 * are exact at the threshold given. Takes n²/2 inner products (7,701 × 512: seconds), giving way between blocks.
 *
 * @throws {ArcfaceError} INVALID_ARGUMENT where there are no impostor pairs, lengths differ, or an embedding is not
 * L2-normalised; CANCELLED.
 */
export async function folderThresholds(
  { embeddings, labels }: LabelledEmbeddings,
  { rates = [1e-3, 1e-4, 1e-5, 1e-6], onProgress, signal }: FolderThresholdsOptions = {},
): Promise<FolderThresholds> {
  const n = embeddings.length;
  const where = "thresholds";
  if (labels.length !== n) throw expected(where, `${n} labels, one an embedding`, `${labels.length}`);
  const badRate = rates.find((rate) => !(rate > 0 && rate < 1));
  if (badRate !== undefined) throw expected(where, "rates between 0 and 1", `${badRate}`);
  const people = new Map<string | number, number>();
  const person = Uint32Array.from(labels, (label) => {
    if (!people.has(label)) people.set(label, people.size);
    return people.get(label)!;
  });
  if (people.size < 2) throw expected(where, "images of two people or more", `${people.size}`);
  const size = embeddings[0]!.length;
  const rows = flatten(embeddings, size);

  const genuine = new Float64Array(BINS);
  const impostor = new Float64Array(BINS);
  const scores = new Float64Array(BLOCK * BLOCK);
  for (let i0 = 0; i0 < n; i0 += BLOCK) {
    throwIfCancelled(signal, where);
    const i1 = Math.min(i0 + BLOCK, n);
    for (let j0 = i0; j0 < n; j0 += BLOCK) {
      const j1 = Math.min(j0 + BLOCK, n);
      products(rows, size, i0, j0, scores);
      for (let i = i0; i < i1; i++) {
        for (let j = Math.max(j0, i + 1); j < j1; j++) {
          const bin = binOf(scores[(i - i0) * BLOCK + j - j0]!);
          if (person[i] === person[j]) genuine[bin]!++;
          else impostor[bin]!++;
        }
      }
    }
    onProgress?.({ done: i1, total: n });
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  const genuinePairs = genuine.reduce((a, b) => a + b);
  const impostorPairs = impostor.reduce((a, b) => a + b);
  const thresholds = rates
    .filter((rate) => farSupport(impostorPairs, rate) !== "no")
    .map((falseAcceptRate): ThresholdAtFar => {
      const { bin, accepted } = lowestBin(impostor, impostorPairs * falseAcceptRate * (1 + 1e-12));
      const right = genuine.subarray(bin).reduce((a, b) => a + b, 0);
      return {
        falseAcceptRate,
        threshold: Math.round(bin * RESOLUTION * 1e5 - 1e5) / 1e5,
        measuredRate: accepted / impostorPairs,
        tar: genuinePairs === 0 ? null : right / genuinePairs,
      };
    });
  return { images: n, people: people.size, genuinePairs, impostorPairs, thresholds };
}

/** One after another, with rows of zeros to fill the last block. */
function flatten(embeddings: readonly Float32Array[], size: number): Float64Array {
  const rows = new Float64Array(Math.ceil(embeddings.length / BLOCK) * BLOCK * size);
  embeddings.forEach((embedding, i) => {
    if (embedding.length !== size)
      throw expected("thresholds", `embeddings of ${size} numbers`, `${embedding.length} in ${i}`);
    const norm = Math.hypot(...embedding);
    // float32 normalisation is right to 1e-6 or so.
    if (!(Math.abs(norm - 1) < 1e-3))
      throw expected("thresholds", "L2-normalised embeddings", `a norm of ${norm} in ${i}`);
    rows.set(embedding, i * size);
  });
  return rows;
}

/**
 * Inner products of the blocks of rows that begin at i0 and j0, into scores[i·BLOCK + j]. Two rows by four columns at a
 * time, each number read being used two or four times, and plain variables: destructuring here costs a factor of three.
 */
function products(rows: Float64Array, size: number, i0: number, j0: number, scores: Float64Array): void {
  for (let i = 0; i < BLOCK; i += 2) {
    const a = (i0 + i) * size;
    const b = a + size;
    for (let j = 0; j < BLOCK; j += 4) {
      const c = (j0 + j) * size;
      const d = c + size;
      const e = d + size;
      const f = e + size;
      let ac = 0;
      let ad = 0;
      let ae = 0;
      let af = 0;
      let bc = 0;
      let bd = 0;
      let be = 0;
      let bf = 0;
      for (let k = 0; k < size; k++) {
        const x = rows[a + k]!;
        const y = rows[b + k]!;
        const p = rows[c + k]!;
        const q = rows[d + k]!;
        const r = rows[e + k]!;
        const s = rows[f + k]!;
        ac += x * p;
        ad += x * q;
        ae += x * r;
        af += x * s;
        bc += y * p;
        bd += y * q;
        be += y * r;
        bf += y * s;
      }
      scores.set([ac, ad, ae, af], i * BLOCK + j);
      scores.set([bc, bd, be, bf], (i + 1) * BLOCK + j);
    }
  }
}

/** Bin b holds scores from b·1e-5 − 1 up to, not including, the next. */
function binOf(score: number): number {
  return Math.max(0, Math.min(BINS - 1, Math.floor((score + 1) * 1e5)));
}

/** The lowest bin from which on at most `allowed` scores lie. */
function lowestBin(counts: Float64Array, allowed: number): { bin: number; accepted: number } {
  let accepted = 0;
  for (let bin = counts.length - 1; bin >= 0; bin--) {
    if (accepted + counts[bin]! > allowed) return { bin: bin + 1, accepted };
    accepted += counts[bin]!;
  }
  return { bin: 0, accepted };
}
