import { ArcfaceError, expected } from "../errors.ts";
import { l2Norm } from "../tensor/vector.ts";
import type { NewTemplate } from "./store.ts";

const MAX_NAME_LENGTH = 200;

/** How far from 1 the length of a normalised float32 vector may be: rounding makes 1e-6, raw embeddings are far off. */
const UNIT_TOLERANCE = 1e-3;

// Control characters, halves of surrogate pairs (UTF-8 cannot keep them), line and paragraph separators.
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u;

/**
 * A person's name as galleries keep it: without blanks around it, in Unicode's form NFC, so that what looks the same
 * is the same. Upper and lower case stay different.
 *
 * @throws {ArcfaceError} INVALID_ARGUMENT where it is empty, longer than 200 characters, or has control characters.
 */
export function personName(name: string): string {
  if (typeof name !== "string") throw expected("gallery", "a name", typeof name);
  const kept = name.trim().normalize("NFC");
  if (kept === "") throw expected("gallery", "a name", name === "" ? "an empty one" : "only blanks");
  const bad = UNPRINTABLE.exec(kept);
  if (bad) {
    throw expected("gallery", "a name of printable characters", `${codePoint(bad[0])} in ${JSON.stringify(kept)}`);
  }
  const length = [...kept].length;
  if (length > MAX_NAME_LENGTH) {
    throw expected("gallery", `a name of at most ${MAX_NAME_LENGTH} characters`, `${length}`);
  }
  return kept;
}

/**
 * @returns how many numbers each embedding has.
 * @throws {ArcfaceError} INVALID_ARGUMENT where there is no template, embeddings differ in length or are not
 * L2-normalised, or an `imageSha256` is not one.
 */
export function checkTemplates(fingerprint: string, templates: readonly NewTemplate[]): number {
  if (typeof fingerprint !== "string" || fingerprint === "") {
    throw expected("gallery", "the fingerprint of the recogniser", "none");
  }
  const dimension = templates[0]?.embedding.length;
  if (dimension === undefined) throw expected("gallery", "at least one template for a person", "none");
  const images = new Set<string>();
  for (const { embedding, imageSha256 } of templates) {
    checkEmbedding("gallery", embedding, dimension);
    const norm = l2Norm(embedding);
    if (Math.abs(norm - 1) > UNIT_TOLERANCE) {
      const hint = "l2Normalize() makes one";
      throw expected("gallery", "an L2-normalised embedding", `one of length ${norm.toPrecision(4)}`, hint);
    }
    if (imageSha256 === null) continue;
    if (!/^[0-9a-f]{64}$/.test(imageSha256)) {
      throw expected("gallery", "imageSha256 of 64 lower-case hex digits", JSON.stringify(imageSha256));
    }
    if (images.has(imageSha256)) throw expected("gallery", "each image once", `${imageSha256} twice`);
    images.add(imageSha256);
  }
  return dimension;
}

/** @throws {ArcfaceError} INVALID_ARGUMENT where it is of another length, all zeros, or not finite. */
export function checkEmbedding(where: string, embedding: Float32Array, dimension: number): void {
  if (!(embedding instanceof Float32Array)) throw expected(where, "an embedding as Float32Array", typeof embedding);
  if (embedding.length === 0) throw expected(where, "an embedding", "an empty one");
  if (embedding.length !== dimension) {
    throw expected(where, `an embedding of ${dimension} numbers`, `${embedding.length}`);
  }
  const norm = l2Norm(embedding);
  if (norm === 0) throw expected(where, "an embedding", "one of zeros only");
  if (Number.isFinite(norm)) return;
  const bad = embedding.findIndex((value) => !Number.isFinite(value));
  throw expected(where, "finite numbers in an embedding", `${embedding[bad]} at ${bad}`);
}

/** Cosine similarities lie in [−1, 1], and so do thresholds for them. */
export function checkThreshold(where: string, threshold: number): void {
  if (!(threshold >= -1 && threshold <= 1)) throw expected(where, "a threshold in −1…1", `${threshold}`);
}

export function fingerprintMismatch(held: string, given: string): ArcfaceError {
  return new ArcfaceError(
    "MODEL_MISMATCH",
    `gallery: expected embeddings of the recogniser that enrolled its people, ${held}, got ${given}`,
    { hint: "use that recogniser (--model), or enrol the people anew into a gallery of the new one's (--gallery)" },
  );
}

export function notEnrolled(name: string): ArcfaceError {
  return new ArcfaceError("NOT_FOUND", `gallery: nobody is enrolled as ${JSON.stringify(name)}`, {
    hint: "names differ by upper and lower case; list the people to see them",
  });
}

export function nameTaken(name: string): ArcfaceError {
  return new ArcfaceError("CONFLICT", `gallery: another person is enrolled as ${JSON.stringify(name)}`);
}

export function imageEnrolled(name: string, { imageSha256, source }: NewTemplate): ArcfaceError {
  const image = source ?? `the image of sha256 ${imageSha256}`;
  return new ArcfaceError("CONFLICT", `gallery: ${image} is already enrolled for ${JSON.stringify(name)} (same bytes)`);
}

export function closedGallery(): ArcfaceError {
  return expected("gallery", "an open gallery", "one that was closed");
}

function codePoint(char: string): string {
  return `U+${char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}`;
}
