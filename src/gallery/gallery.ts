import { expected } from "../errors.ts";
import { l2Normalize } from "../tensor/vector.ts";
import { createExactIndex, type ExactIndex } from "./exact-index.ts";
import { checkEmbedding, checkThreshold, fingerprintMismatch, personName } from "./rules.ts";
import type { GalleryStore, NewTemplate, Person, Snapshot } from "./store.ts";

/** An enrolled person and how near their nearest template is. */
export type Candidate = {
  readonly name: string;
  readonly personId: number;
  readonly templateId: number;
  /** Cosine, −1…1. */
  readonly similarity: number;
};

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
};

/** Where a face comes from. */
export type Origin = {
  /** Lower-case hex sha256 of the file the face is from. */
  readonly imageSha256?: string | null;
  /** What to call that file. */
  readonly source?: string | null;
};

/** What of the store is in memory. */
type Loaded = {
  readonly version: number;
  readonly names: ReadonlyMap<number, string>;
  readonly index: ExactIndex | null;
  readonly lastTemplate: number;
};

const NOTHING: Loaded = { version: -1, names: new Map(), index: null, lastTemplate: 0 };

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
  #loaded: Promise<Loaded> = Promise.resolve(NOTHING);

  constructor(store: GalleryStore, fingerprint: string) {
    if (fingerprint === "") throw expected("gallery", "the fingerprint of the recogniser", "none");
    this.#store = store;
    this.fingerprint = fingerprint;
  }

  /**
   * Who is this?
   *
   * @param embedding of any length but zero: only its direction counts.
   * @throws {ArcfaceError} INVALID_ARGUMENT; MODEL_MISMATCH where the gallery is another recogniser's.
   */
  async identify(embedding: Float32Array, { threshold, limit = 5 }: IdentifyOptions): Promise<Identification> {
    checkThreshold("identify", threshold);
    const candidates = await this.#candidates("identify", embedding, limit);
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
    const everybody = Math.max(1, (await this.#refresh()).names.size);
    const candidates = await this.#candidates("similarityTo", embedding, everybody);
    return candidates.find((candidate) => candidate.name === kept)?.similarity ?? null;
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
    try {
      await this.#store.remove(name);
    } finally {
      // The index holds their embeddings, too; the next question reads what is left.
      this.#loaded = this.#loaded.then(() => NOTHING);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#store[Symbol.asyncDispose]();
  }

  async #candidates(where: string, embedding: Float32Array, limit: number): Promise<Candidate[]> {
    checkEmbedding(where, embedding, embedding.length);
    if (!Number.isInteger(limit) || limit < 1) throw expected(where, "a limit of 1 or more", `${limit}`);
    const { index, names } = await this.#refresh();
    if (!index) return [];
    return index.search(embedding, { limit }).map((match) => ({ name: names.get(match.personId)!, ...match }));
  }

  // One refresh after another: two at once would add the same templates twice. A failed one leaves what was there.
  #refresh(): Promise<Loaded> {
    const before = this.#loaded;
    const after = before.then((loaded) => this.#reload(loaded));
    this.#loaded = after.catch(() => before);
    return after;
  }

  async #reload(loaded: Loaded): Promise<Loaded> {
    if ((await this.#store.version()) === loaded.version) return loaded;
    const news = await this.#store.snapshot(loaded.lastTemplate);
    if (news.fingerprint !== null && news.fingerprint !== this.fingerprint) {
      throw fingerprintMismatch(news.fingerprint, this.fingerprint);
    }
    const total = news.people.reduce((sum, person) => sum + person.templates, 0);
    // Template ids are never used again, so a count that does not add up means that some are gone.
    const onlyAdded = (loaded.index?.size ?? 0) + news.templates.length === total;
    return onlyAdded ? extend(loaded, news) : extend(NOTHING, await this.#store.snapshot());
  }
}

function extend({ index, lastTemplate }: Loaded, { version, people, templates }: Snapshot): Loaded {
  const first = templates[0];
  const extended = index ?? (first ? createExactIndex(first.embedding.length) : null);
  extended?.add(templates);
  return {
    version,
    names: new Map(people.map(({ id, name }) => [id, name])),
    index: extended,
    lastTemplate: templates.at(-1)?.id ?? lastTemplate,
  };
}
