import { expected } from "../errors.ts";
import { checkEmbedding } from "../gallery/rules.ts";
import { dot, l2Normalize } from "../tensor/vector.ts";
import { type LabelledEmbeddings, numberPeople } from "./score-pairs.ts";

/** Faces of people who are not enrolled, to measure with: what any visitor may look like. */
export type Cohort = LabelledEmbeddings & {
  /** Of the recogniser that made them: see Embedder. */
  readonly fingerprint: string;
};

/** A cohort laid out for measuring. */
export type CohortRows = {
  readonly size: number;
  readonly people: number;
  /** Whose each row is, numbered from 0. */
  readonly person: Uint32Array;
  /** Rows of `dimension` numbers, L2-normalised, one after another. */
  readonly rows: Float32Array;
  readonly dimension: number;
  /** For each row the cosines to the same person's others, rising. */
  readonly own: readonly Float64Array[];
};

/** @throws {ArcfaceError} INVALID_ARGUMENT where it is empty, lengths differ or an embedding is zero or not finite. */
export function layOut({ embeddings, labels }: LabelledEmbeddings): CohortRows {
  const where = "cohort";
  const dimension = embeddings[0]?.length;
  if (dimension === undefined) throw expected(where, "embeddings", "none");
  if (labels.length !== embeddings.length)
    throw expected(where, `${embeddings.length} labels, one an embedding`, `${labels.length}`);
  const { person, people } = numberPeople(labels);
  const rows = new Float32Array(embeddings.length * dimension);
  const images: number[][] = Array.from({ length: people }, () => []);
  const unit = embeddings.map((embedding, i) => {
    checkEmbedding(where, embedding, dimension);
    images[person[i]!]!.push(i);
    const normalized = l2Normalize(embedding);
    rows.set(normalized, i * dimension);
    return normalized;
  });
  const own = unit.map((embedding, i) =>
    Float64Array.from(
      images[person[i]!]!.filter((j) => j !== i),
      (j) => dot(embedding, unit[j]!),
    ).sort(),
  );
  return { size: embeddings.length, people, person, rows, dimension, own };
}
