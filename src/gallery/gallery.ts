import { expected, throwIfCancelled } from "../errors.ts";
import { l2Normalize } from "../tensor/vector.ts";
import { createGrowingIndex, type GrowingIndex, type GrowingIndexOptions } from "./growing-index.ts";
import type { IndexKeeper } from "./index-keeper.ts";
import { checkEmbedding, checkThreshold, fingerprintMismatch, personName } from "./rules.ts";
import { clampCosine, similaritiesOf } from "./similarities.ts";
import type { GalleryStore, NewTemplate, Person, Snapshot, Template } from "./store.ts";

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
  readonly signal?: AbortSignal | undefined;
};

export type GalleryOptions = GrowingIndexOptions & {
  /** Keeps what is read of a large gallery, so that it opens faster the next time. */
  readonly keeper?: IndexKeeper | undefined;
};

/** Where a face comes from. */
export type Origin = {
  /** Lower-case hex sha256 of the file the face is from. */
  readonly imageSha256?: string | null;
  /** What to call that file. */
  readonly source?: string | null;
};

/** Templates that are read at a time: ten megabytes at 512 numbers. */
const PAGE = 5000;

/** The share of a large gallery that is not kept yet for which it is kept again. */
const KEEP_AGAIN = 0.1;

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
  readonly #options: GalleryOptions;
  /** What of the store is in memory: people up to a version, templates up to an id. */
  #index: GrowingIndex | null = null;
  #names: ReadonlyMap<number, string> = new Map();
  #version = -1;
  #lastTemplate = 0;
  /** Templates of the index that are kept. */
  #kept = 0;
  #keeping: Promise<void> = Promise.resolve();
  /** The last reading of the store: one after another, or two would add the same templates. */
  #reading: Promise<unknown> = Promise.resolve();

  constructor(store: GalleryStore, fingerprint: string, options: GalleryOptions = {}) {
    if (fingerprint === "") throw expected("gallery", "the fingerprint of the recogniser", "none");
    this.#store = store;
    this.#options = options;
    this.fingerprint = fingerprint;
  }

  /**
   * Who is this?
   *
   * @param embedding of any length but zero: only its direction counts.
   * Calls may overlap: in a large gallery those that do are answered together, in less time than one by one.
   *
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
      await this.#inTurn(() => this.#reset());
      throw error;
    }
    // The index holds their embeddings, too.
    await this.#inTurn(async () => this.#index?.keepPeople((id) => id !== person?.id));
    this.#kept = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reading;
    await this.#keeping;
    await this.#index?.[Symbol.asyncDispose]();
    await this.#store[Symbol.asyncDispose]();
  }

  async #candidates(
    where: string,
    embedding: Float32Array,
    limit: number,
    signal?: AbortSignal | undefined,
  ): Promise<Candidate[]> {
    checkEmbedding(where, embedding, embedding.length);
    if (!Number.isInteger(limit) || limit < 1) throw expected(where, "a limit of 1 or more", `${limit}`);
    for (;;) {
      throwIfCancelled(signal, where);
      await this.#inTurn(() => this.#refresh());
      if (!this.#index) return [];
      const matches = await this.#index.search(embedding, { limit, ...(signal && { signal }) });
      const candidates = matches.map((match) => ({ name: this.#names.get(match.personId), ...match }));
      // A person without a name came into the index, or went, while it was searched.
      if (candidates.every((candidate): candidate is Candidate => candidate.name !== undefined)) return candidates;
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#reading.then(work);
    this.#reading = mine.catch(() => {});
    return mine;
  }

  async #refresh(isAgain = false): Promise<void> {
    if ((await this.#store.version()) === this.#version) return;
    if (!this.#index && !isAgain) await this.#restore();
    // Many templates are read page by page; the last ones together with the people, as they are at one moment.
    for (;;) {
      const page = await this.#store.templatesAfter(this.#lastTemplate, PAGE);
      if (page.length < PAGE) break;
      await this.#add(page);
    }
    const { version, fingerprint, people, templates } = await this.#store.snapshot(this.#lastTemplate);
    this.#checkModel(fingerprint);
    await this.#add(templates);
    const names = new Map(people.map(({ id, name }) => [id, name]));
    const total = people.reduce((sum, person) => sum + person.templates, 0);
    // Ids are never used again, and templates go with their person: those too many are of people who are not there.
    const addsUp = (): boolean => (this.#index?.size ?? 0) === total;
    if (!addsUp()) {
      await this.#index?.keepPeople((personId) => names.has(personId));
      this.#kept = 0; // whoever removed them dropped what was kept
    }
    if (!isAgain && !(addsUp() && (this.#version !== -1 || (await this.#index?.isTrue()) !== false))) {
      await this.#reset();
      return this.#refresh(true);
    }
    this.#names = names;
    this.#version = version;
    if (this.#index?.isLarge && total - this.#kept > KEEP_AGAIN * total) this.#keep(total);
  }

  async #restore(): Promise<void> {
    const kept = await this.#options.keeper?.open(this.fingerprint);
    if (!kept) return;
    const index = this.#createIndex(kept.dimension);
    try {
      await index.restore(kept, (blocks) => kept.fill(blocks));
    } catch {
      // Damaged: it is made anew.
      return index[Symbol.asyncDispose]();
    }
    this.#index = index;
    this.#lastTemplate = kept.lastTemplate;
    this.#kept = index.size;
  }

  /** Beside what else is done: where it cannot be, the next opening takes longer, and nothing else is amiss. */
  #keep(total: number): void {
    const { keeper } = this.#options;
    const index = this.#index!;
    if (!keeper) return;
    this.#kept = total;
    const [version, about] = [this.#version, { dimension: index.dimension, lastTemplate: this.#lastTemplate }];
    const work = async (): Promise<void> => {
      const isKept = await index
        .keep((parts) => keeper.save(this.fingerprint, about, parts))
        .then(
          () => true,
          () => false, // what was kept before stays as it was
        );
      // Somebody may have been removed meanwhile, by another process: no trace of them is to be left.
      if (isKept && (await this.#store.version().catch(() => null)) !== version) await keeper.drop().catch(() => {});
    };
    this.#keeping = this.#keeping.then(work);
  }

  #createIndex(dimension: number): GrowingIndex {
    return createGrowingIndex(dimension, (ids) => this.#store.embeddings(ids), this.#options);
  }

  async #add(templates: readonly Template[]): Promise<void> {
    const [first] = templates;
    if (!first) return;
    this.#checkModel(first.fingerprint);
    this.#index ??= this.#createIndex(first.embedding.length);
    await this.#index.add(templates);
    this.#lastTemplate = templates.at(-1)!.id;
  }

  async #reset(): Promise<void> {
    await this.#index?.[Symbol.asyncDispose]();
    this.#index = null;
    this.#kept = 0;
    this.#version = -1;
    this.#lastTemplate = 0;
  }

  #checkModel(held: string | null): void {
    if (held !== null && held !== this.fingerprint) throw fingerprintMismatch(held, this.fingerprint);
  }
}
