import { ArcfaceError } from "../errors.ts";
import { dot, l2Norm } from "../tensor/vector.ts";

export type NewestWinsOptions = {
  /** The least cosine that makes two embeddings one person's, 0–1. Default 0.5. */
  readonly csim?: number;
  /** Default "person". */
  readonly labelBasename?: string;
};

/** Who each embedding is of, and what was said before, as DepthAI's example has it. */
export interface NewestWins {
  /**
   * @param embeddings of the faces of one frame, in the detector's order; not normalised, of any one length.
   * @returns a label for each, `person_0` being the first ever.
   */
  identify(embeddings: readonly Float32Array[]): string[];
}

/**
 * DepthAI's IdentificationNode as it is, to be compared with: an embedding is the person whose stored embedding is most
 * similar, the first of equals, if the cosine reaches `csim`, else somebody new; and it takes the stored one's place. So
 * a poor look replaces a good one, and one frame may hold the same person twice. For better see createPeople.
 *
 * @throws {ArcfaceError} INVALID_ARGUMENT with the words of the original, whose TypeError and ValueError it stands for.
 * Source: luxonis/oak-examples neural-networks/reidentification/human-reidentification/utils/identification.py
 */
export function createNewestWins({ csim = 0.5, labelBasename = "person" }: NewestWinsOptions = {}): NewestWins {
  if (typeof csim !== "number") {
    throw new ArcfaceError("INVALID_ARGUMENT", "Cosine similarity threshold must be a float.");
  }
  if (!(csim >= 0 && csim <= 1)) {
    throw new ArcfaceError("INVALID_ARGUMENT", "Cosine similarity threshold must be between 0 and 1.");
  }
  const stored = new Map<string, Float32Array>();

  function labelOf(embedding: Float32Array): string {
    let best: string | null = null;
    let highest = -Infinity;
    for (const [label, newest] of stored) {
      const similarity = dot(embedding, newest) / (l2Norm(embedding) * l2Norm(newest));
      if (similarity > highest) [best, highest] = [label, similarity];
    }
    const label = best !== null && highest >= csim ? best : `${labelBasename}_${stored.size}`;
    stored.set(label, embedding);
    return label;
  }

  return { identify: (embeddings) => embeddings.map(labelOf) };
}
