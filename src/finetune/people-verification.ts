import type { LabelledImages } from "../data/labelled-images.ts";
import { throwIfCancelled } from "../errors.ts";
import { equalErrorRate, type OperatingPoint, rocCurve, tarAtFar } from "../metrics/roc.ts";
import { dot } from "../tensor/vector.ts";

/** Every pair of pictures of some people: rates are fractions; `null` where pairs are too few to tell. */
export type PeopleVerification = {
  readonly images: number;
  readonly people: number;
  readonly genuinePairs: number;
  readonly impostorPairs: number;
  readonly eer: number;
  readonly atFar: Readonly<Record<"1e-2" | "1e-3" | "1e-4", OperatingPoint | null>>;
};

/**
 * Verification over all pairs.
 *
 * @param embeddings L2-normalised. @param labels whose each is.
 * @throws {ArcfaceError} INVALID_ARGUMENT where there are no pairs of one person, or none of two.
 */
export function verifyPeople(
  embeddings: readonly Float32Array[],
  labels: readonly number[],
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): PeopleVerification {
  const n = embeddings.length;
  const scores = new Float32Array((n * (n - 1)) / 2);
  const same: boolean[] = new Array(scores.length);
  let at = 0;
  for (let i = 0; i < n; i++) {
    throwIfCancelled(signal, "verification");
    for (let j = i + 1; j < n; j++) {
      scores[at] = dot(embeddings[i]!, embeddings[j]!);
      same[at++] = labels[i] === labels[j];
    }
  }
  const curve = rocCurve({ scores, same });
  return {
    images: n,
    people: new Set(labels).size,
    genuinePairs: curve.genuine,
    impostorPairs: curve.impostor,
    eer: equalErrorRate(curve),
    atFar: { "1e-2": tarAtFar(curve, 1e-2), "1e-3": tarAtFar(curve, 1e-3), "1e-4": tarAtFar(curve, 1e-4) },
  };
}

/** Numbers of a set's pictures: all where they are no more than `most`, else of each person the first ones. */
export async function samplePictures(images: LabelledImages, most: number): Promise<number[]> {
  const each = images.count <= most ? images.count : Math.max(2, Math.floor(most / images.classes));
  const taken = new Map<number, number>();
  const chosen: number[] = [];
  for (let i = 0; i < images.count; i++) {
    const label = await images.label(i);
    const count = (taken.get(label) ?? 0) + 1;
    taken.set(label, count);
    if (count <= each) chosen.push(i);
  }
  return chosen;
}
