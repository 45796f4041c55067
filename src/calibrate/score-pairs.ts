import { expected, throwIfCancelled } from "../errors.ts";

export type LabelledEmbeddings = {
  /** L2-normalised, all of one length. */
  readonly embeddings: readonly Float32Array[];
  /** Whose each is. */
  readonly labels: readonly (string | number)[];
};

export type ScorePairsOptions = {
  readonly onProgress?: ((progress: { readonly done: number; readonly total: number }) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
};

/** Images a block: two blocks of 512 numbers each in float64 stay in the second-level cache. */
const BLOCK = 64;

/**
 * Score every pair of images once: `each(i, j, cosine)` with i < j. Takes n²/2 inner products (7,701 × 512: seconds),
 * giving way between blocks.
 *
 * @param where what errors call it.
 * @throws {ArcfaceError} INVALID_ARGUMENT where lengths differ or an embedding is not L2-normalised; CANCELLED.
 */
export async function scorePairs(
  where: string,
  embeddings: readonly Float32Array[],
  each: (i: number, j: number, score: number) => void,
  { onProgress, signal }: ScorePairsOptions = {},
): Promise<void> {
  const n = embeddings.length;
  const size = embeddings[0]?.length ?? 0;
  const rows = flatten(where, embeddings, size);
  const scores = new Float64Array(BLOCK * BLOCK);
  for (let i0 = 0; i0 < n; i0 += BLOCK) {
    throwIfCancelled(signal, where);
    const i1 = Math.min(i0 + BLOCK, n);
    for (let j0 = i0; j0 < n; j0 += BLOCK) {
      const j1 = Math.min(j0 + BLOCK, n);
      products(rows, size, i0, j0, scores);
      for (let i = i0; i < i1; i++) {
        for (let j = Math.max(j0, i + 1); j < j1; j++) each(i, j, scores[(i - i0) * BLOCK + j - j0]!);
      }
    }
    onProgress?.({ done: i1, total: n });
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

/** Numbers for people, from 0 in order of appearance. */
export function numberPeople(labels: readonly (string | number)[]): { person: Uint32Array; people: number } {
  const numbers = new Map<string | number, number>();
  const person = Uint32Array.from(labels, (label) => {
    if (!numbers.has(label)) numbers.set(label, numbers.size);
    return numbers.get(label)!;
  });
  return { person, people: numbers.size };
}

/** One after another, with rows of zeros to fill the last block. */
function flatten(where: string, embeddings: readonly Float32Array[], size: number): Float64Array {
  const rows = new Float64Array(Math.ceil(embeddings.length / BLOCK) * BLOCK * size);
  embeddings.forEach((embedding, i) => {
    if (embedding.length !== size)
      throw expected(where, `embeddings of ${size} numbers`, `${embedding.length} in ${i}`);
    const norm = Math.hypot(...embedding);
    // float32 normalisation is right to 1e-6 or so.
    if (!(Math.abs(norm - 1) < 1e-3)) throw expected(where, "L2-normalised embeddings", `a norm of ${norm} in ${i}`);
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
