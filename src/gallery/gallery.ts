import { expected, throwIfCancelled } from "../errors.ts";
import { l2Normalize } from "../tensor/vector.ts";
import { type Candidate, type GalleryOptions, LoadedGallery } from "./loaded-gallery.ts";
import { checkEmbedding, checkThreshold, fingerprintMismatch, personName } from "./rules.ts";
import { clampCosine, similaritiesOf } from "./similarities.ts";
import type { GalleryStore, NewTemplate, Person, Snapshot } from "./store.ts";

export type Identification = {
  /** The best candidate's, where it reaches the threshold; `null` is "unknown". */
  readonly name: string | null;
  /** The best candidate's, reached or not; `null` where nobody is enrolled. */
  readonly similarity: number | null;
  readonly threshold: number;
  /** Best first, each person once, whatever the threshold. */
  readonly candidates: readonly Candidate[];
};

export type IdentifyOptions = {
  /** The least cosine similarity that makes a name; from the recogniser's card. */
  readonly threshold: number;
  /** Candidates at most. */
  readonly limit?: number;
  readonly signal?: AbortSignal | undefined;
};

/** Where a face comes from. */
export type Origin = {
  /** Lower-case hex sha256 of the file the face is from. */
  readonly imageSha256?: string | null;
  /** What to call that file. */
  readonly source?: string | null;
};

/**
 * People to recognise: a store, an index of it in memory, and the recogniser whose embeddings both hold.
 * What another process enrols, renames or removes is seen by the next call.
 *
 * A person's similarity is that of their best template. A mean over templates would punish enrolling a profile beside
 * a frontal view, and a mean embedding lies between the poses and near neither; the best alone is what verifying
 * against each photo would answer. Its price is that one bad template is enough to mistake somebody: hence `lookalike`.
 *
 * It owns its store: disposing closes that too.
 */
export class Gallery implements AsyncDisposable {
  /** Of the recogniser whose embeddings are asked about: opaque here, compared only. */
  readonly fingerprint: string;
  readonly #store: GalleryStore;
  readonly #loaded: LoadedGallery;

  constructor(store: GalleryStore, fingerprint: string, options: GalleryOptions = {}) {
    if (fingerprint === "") throw expected("gallery", "the fingerprint of the recogniser", "none");
    this.#store = store;
    this.fingerprint = fingerprint;
    this.#loaded = new LoadedGallery(store, fingerprint, options);
  }

  /**
   * Who is this?
   *
   * Calls may overlap: in a large gallery those that do are answered together, in less time than one by one.
   *
   * @param embedding of any length but zero: only its direction counts.
   * @throws {ArcfaceError} INVALID_ARGUMENT; MODEL_MISMATCH where the gallery is another recogniser's; CANCELLED.
   */
  async identify(embedding: Float32Array, { threshold, limit = 5, signal }: IdentifyOptions): Promise<Identification> {
    checkThreshold("identify", threshold);
    const candidates = await this.#candidates("identify", embedding, limit, signal);
    const best = candidates[0];
    const name = best && best.similarity >= threshold ? best.name : null;
    return { name, similarity: best?.similarity ?? null, threshold, candidates };
  }

  /**
   * Another enrolled person whom a face resembles: a reason to ask before enrolling it.
   *
   * @param exceptName whose face it is said to be.
   * @returns the most similar other person at or above the threshold; `null` where there is none.
   * @throws {ArcfaceError} as `identify`.
   */
  async lookalike(embedding: Float32Array, exceptName: string, threshold: number): Promise<Candidate | null> {
    checkThreshold("lookalike", threshold);
    const kept = personName(exceptName);
    const candidates = await this.#candidates("lookalike", embedding, 2);
    return candidates.find(({ name, similarity }) => name !== kept && similarity >= threshold) ?? null;
  }

  /**
   * How near a face is to one person.
   *
   * @returns the cosine to their best template; `null` where nobody has that name.
   * @throws {ArcfaceError} INVALID_ARGUMENT; MODEL_MISMATCH where the gallery is another recogniser's.
   */
  async similarityTo(name: string, embedding: Float32Array): Promise<number | null> {
    const kept = personName(name);
    checkEmbedding("similarityTo", embedding, embedding.length);
    this.#checkModel(await this.#store.fingerprint());
    const person = await this.#store.findPerson(kept);
    const own = person ? (await this.#store.templates(person.id)).map((template) => template.embedding) : [];
    if (own.length === 0) return null;
    checkEmbedding("similarityTo", embedding, own[0]!.length);
    return clampCosine(similaritiesOf(l2Normalize(embedding), own).reduce((a, b) => Math.max(a, b)));
  }

  /**
   * Add faces to the person of that name, who is created where new: all or none, durable when it resolves where the
   * store is.
   *
   * @param faces embeddings of any length but zero: they are kept L2-normalised.
   * @throws {ArcfaceError} INVALID_ARGUMENT; MODEL_MISMATCH where the gallery is another recogniser's;
   * CONFLICT where the person has a template from the same image.
   */
  async enrol(name: string, faces: readonly NewTemplate[]): Promise<Person> {
    for (const { embedding } of faces) checkEmbedding("enrol", embedding, embedding.length);
    const templates = faces.map((face) => ({ ...face, embedding: l2Normalize(face.embedding) }));
    return this.#store.enrol(name, this.fingerprint, templates);
  }

  /** `enrol` of one face. */
  enrolEmbedding(
    name: string,
    embedding: Float32Array,
    { imageSha256 = null, source = null }: Origin = {},
  ): Promise<Person> {
    return this.enrol(name, [{ embedding, imageSha256, source }]);
  }

  /** What the store holds, for what is measured of it: see GalleryStore.snapshot. */
  async snapshot(afterTemplate?: number): Promise<Snapshot> {
    const snapshot = await this.#store.snapshot(afterTemplate);
    this.#checkModel(snapshot.fingerprint);
    return snapshot;
  }

  /** In order of name. */
  people(): Promise<Person[]> {
    return this.#store.people();
  }

  /** Who has a template from these bytes; `null` if nobody. */
  findImage(imageSha256: string): Promise<Person | null> {
    return this.#store.findImage(imageSha256);
  }

  /** @throws {ArcfaceError} NOT_FOUND; CONFLICT where the new name is another person's. */
  rename(name: string, newName: string): Promise<void> {
    return this.#store.rename(name, newName);
  }

  /** Delete a person and every trace of their templates. @throws {ArcfaceError} NOT_FOUND */
  async remove(name: string): Promise<void> {
    const person = await this.#store.findPerson(name);
    try {
      await this.#store.remove(name);
    } catch (error) {
      // How far it came is not known; the next question reads what is left.
      await this.#loaded.reset();
      throw error;
    }
    if (person) await this.#loaded.forget(person.id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loaded[Symbol.asyncDispose]();
    await this.#store[Symbol.asyncDispose]();
  }

  async #candidates(
    where: string,
    embedding: Float32Array,
    limit: number,
    signal?: AbortSignal | undefined,
  ): Promise<readonly Candidate[]> {
    checkEmbedding(where, embedding, embedding.length);
    if (!Number.isInteger(limit) || limit < 1) throw expected(where, "a limit of 1 or more", `${limit}`);
    throwIfCancelled(signal, where);
    return this.#loaded.search(embedding, { limit, ...(signal && { signal }) });
  }

  #checkModel(held: string | null): void {
    if (held !== null && held !== this.fingerprint) throw fingerprintMismatch(held, this.fingerprint);
  }
}
