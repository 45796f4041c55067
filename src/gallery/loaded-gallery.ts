import { createGrowingIndex, type GrowingIndex, type GrowingIndexOptions } from "./growing-index.ts";
import type { IndexKeeper } from "./index-keeper.ts";
import type { SearchOptions } from "./int8-index.ts";
import { fingerprintMismatch } from "./rules.ts";
import type { GalleryStore, Template } from "./store.ts";

/** An enrolled person and how near their nearest template is. */
export type Candidate = {
  readonly name: string;
  readonly personId: number;
  readonly templateId: number;
  /** Cosine, −1…1. */
  readonly similarity: number;
};

export type GalleryOptions = GrowingIndexOptions & {
  /** Keeps what is read of a large gallery, so that it opens faster the next time. */
  readonly keeper?: IndexKeeper | undefined;
};

/** Templates that are read at a time: ten megabytes at 512 numbers. */
const PAGE = 5000;

/** The share of a large gallery that is not kept yet for which it is kept again. */
const KEEP_AGAIN = 0.1;

/** Questions that are asked anew because people came or went meanwhile. */
const TRIES = 3;

/** What of a store is in memory: an index of its templates, and names. Every search sees the store as it is by then. */
export class LoadedGallery implements AsyncDisposable {
  readonly #store: GalleryStore;
  readonly #fingerprint: string;
  readonly #options: GalleryOptions;
  /** People up to a version, templates up to an id. */
  #index: GrowingIndex | null = null;
  #names: ReadonlyMap<number, string> = new Map();
  #version = -1;
  #lastTemplate = 0;
  /** Templates of the index that are kept. */
  #kept = 0;
  #keeping: Promise<void> = Promise.resolve();
  /** The last reading of the store: one after another, or two would add the same templates. */
  #reading: Promise<unknown> = Promise.resolve();

  constructor(store: GalleryStore, fingerprint: string, options: GalleryOptions) {
    this.#store = store;
    this.#fingerprint = fingerprint;
    this.#options = options;
  }

  /** See `Int8Index.search`. @throws {ArcfaceError} MODEL_MISMATCH, too, where the store is another recogniser's. */
  async search(embedding: Float32Array, options: SearchOptions): Promise<readonly Candidate[]> {
    for (let tried = 1; ; tried++) {
      await this.#inTurn(() => this.#refresh());
      if (!this.#index) return [];
      const matches = await this.#index.search(embedding, options);
      const candidates = matches.flatMap((match) => {
        const name = this.#names.get(match.personId);
        return name === undefined ? [] : [{ name, ...match }];
      });
      // A person without a name came into the index, or went, while it was searched.
      if (candidates.length === matches.length || tried === TRIES) return candidates;
    }
  }

  /** Forget a person who was removed: the index holds their embeddings, too. */
  forget(personId: number): Promise<void> {
    return this.#inTurn(async () => {
      await this.#index?.keepPeople((id) => id !== personId);
      this.#kept = 0; // what was kept went with them
    });
  }

  /** Read everything again on the next occasion. */
  reset(): Promise<void> {
    return this.#inTurn(() => this.#reset());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reading;
    await this.#keeping;
    await this.#index?.[Symbol.asyncDispose]();
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
    const kept = await this.#options.keeper?.open(this.#fingerprint);
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
    const about = { dimension: index.dimension, lastTemplate: this.#lastTemplate };
    const people = [...this.#names.keys()];
    const work = async (): Promise<void> => {
      const isKept = await index
        .keep((parts) => keeper.save(this.#fingerprint, about, parts))
        .then(
          () => true,
          () => false, // what was kept before stays as it was
        );
      if (isKept && !(await this.#areThere(people))) await keeper.drop().catch(() => {});
    };
    this.#keeping = this.#keeping.then(work);
  }

  /** Somebody may be removed while an index is kept, by another process, and no trace of them is to be left. */
  async #areThere(personIds: readonly number[]): Promise<boolean> {
    const people = await this.#store.people().catch(() => []);
    const there = new Set(people.map(({ id }) => id));
    return personIds.every((id) => there.has(id));
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
    if (held !== null && held !== this.#fingerprint) throw fingerprintMismatch(held, this.#fingerprint);
  }
}
