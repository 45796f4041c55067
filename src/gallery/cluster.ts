import { ArcfaceError, expected } from "../errors.ts";
import { l2Normalize } from "../tensor/vector.ts";
import { dotRows } from "./dot-rows.ts";
import { checkEmbedding, checkThreshold } from "./rules.ts";

export type GroupOptions = {
  /** The least mean cosine similarity between two groups that makes them one. */
  readonly threshold: number;
  /**
   * For each face the photo it is in: two faces of one photo are never the same person. `null` for a face that may be
   * anybody's.
   */
  readonly photos?: readonly (string | number | null)[];
  /** Memory is 4·n² bytes: 100 MB at 5,000 faces. */
  readonly maxFaces?: number;
};

/**
 * Group faces into people: average-link agglomerative clustering. Again and again the two groups with the highest mean
 * similarity over all their pairs become one, while that mean reaches the threshold and no photo would be in the
 * group twice. The same faces in another order give the same groups, but where similarities are exactly equal: there
 * the order decides.
 *
 * @returns for each face the number of its group; groups are numbered 0, 1, … in order of their first face.
 * @throws {ArcfaceError} INVALID_ARGUMENT; TOO_LARGE above `maxFaces`.
 *
 * Source: F. Murtagh, "A survey of recent advances in hierarchical clustering algorithms" (1983): the chain of nearest
 * neighbours gives the groups of the greedy order in O(n²), because a mean never exceeds the larger of its parts; a
 * forbidden pair, −∞, keeps that so.
 */
export function groupFaces(
  embeddings: readonly Float32Array[],
  { threshold, photos, maxFaces = 5000 }: GroupOptions,
): number[] {
  checkThreshold("groupFaces", threshold);
  if (photos && photos.length !== embeddings.length) {
    throw expected("groupFaces", `a photo for each of ${embeddings.length} faces`, `${photos.length}`);
  }
  if (embeddings.length > maxFaces) {
    const text = `groupFaces: expected at most ${maxFaces} faces, got ${embeddings.length}`;
    throw new ArcfaceError("TOO_LARGE", text, { hint: "group fewer at a time, or raise maxFaces (4·n² bytes)" });
  }
  for (const embedding of embeddings) checkEmbedding("groupFaces", embedding, embeddings[0]!.length);
  return numbered(mergedInto(pairSums(embeddings, photos), embeddings.length, threshold));
}

/** Row j < i of the triangle below the diagonal, at i(i−1)/2 + j: the sum of similarities between groups i and j. */
function pairSums(embeddings: readonly Float32Array[], photos: GroupOptions["photos"]): Float64Array {
  const n = embeddings.length;
  const faces = embeddings.map(l2Normalize);
  const dimension = faces[0]?.length ?? 0;
  const rows = new Float32Array(n * dimension);
  for (const [i, face] of faces.entries()) rows.set(face, i * dimension);
  const sums = new Float64Array((n * (n - 1)) / 2);
  for (let i = 1; i < n; i++) {
    const row = sums.subarray((i * (i - 1)) / 2, (i * (i + 1)) / 2);
    dotRows(rows, i, Float64Array.from(faces[i]!), row);
    if (!photos || photos[i] === null) continue;
    for (let j = 0; j < i; j++) if (photos[j] === photos[i]) row[j] = -Infinity;
  }
  return sums;
}

/** For each face the group it was merged into (itself, where it leads one); to be followed to its end. */
function mergedInto(sums: Float64Array, n: number, threshold: number): Int32Array {
  const into = Int32Array.from({ length: n }, (_, i) => i);
  const sizes = new Int32Array(n).fill(1);
  const open = new Set(into); // groups that may still grow
  const at = (i: number, j: number): number => (i > j ? (i * (i - 1)) / 2 + j : (j * (j - 1)) / 2 + i);

  const chain: number[] = [];
  while (open.size > 1) {
    if (chain.length === 0) chain.push(open.values().next().value!);
    const tip = chain.at(-1)!;
    const before = chain.at(-2) ?? -1;
    let nearest = before;
    let highest = before === -1 ? -Infinity : sums[at(tip, before)]! / (sizes[tip]! * sizes[before]!);
    // Among equals the one before in the chain wins, or the chain would never end.
    for (const other of open) {
      if (other === tip) continue;
      const mean = sums[at(tip, other)]! / (sizes[tip]! * sizes[other]!);
      if (mean > highest) {
        nearest = other;
        highest = mean;
      }
    }
    if (nearest === -1 || highest < threshold) {
      // Its best is too far, and merging others brings nothing nearer: this group is whole.
      open.delete(tip);
      chain.pop();
    } else if (nearest === before) {
      chain.length -= 2;
      open.delete(tip);
      // Rounding among equal similarities can bring a group into the chain twice; it must not stay there when gone.
      const gone = chain.indexOf(tip);
      if (gone !== -1) chain.length = gone;
      into[tip] = before;
      for (const other of open) if (other !== before) sums[at(before, other)]! += sums[at(tip, other)]!;
      sizes[before]! += sizes[tip]!;
    } else {
      chain.push(nearest);
    }
  }
  return into;
}

function numbered(into: Int32Array): number[] {
  const numbers = new Map<number, number>();
  return Array.from(into, (_, face) => {
    let leader = face;
    while (into[leader] !== leader) leader = into[leader]!;
    const number = numbers.get(leader) ?? numbers.size;
    numbers.set(leader, number);
    return number;
  });
}
