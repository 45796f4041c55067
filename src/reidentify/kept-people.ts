import type { GalleryStore } from "../gallery/store.ts";
import type { PeopleState } from "../tracking/person.ts";
import { addSample, type Template } from "../tracking/template.ts";

/** People of a gallery that are known from the first frame on; those of larger ones get their names by and by. */
const MOST_PEOPLE = 500;
/** What a template that somebody chose to enrol is worth as a look. */
const ENROLLED_QUALITY = 0.9;

/**
 * People who are kept on disk between runs: those that were enrolled under their names, and those who were only seen,
 * under their labels (`person_3`). They are people of an ordinary gallery, to be renamed and removed as any others.
 */
export class KeptPeople {
  readonly #store: GalleryStore;
  readonly #basename: string;
  /** Whoever is or was in the gallery: who is removed from it meanwhile does not come back by itself. */
  readonly #known = new Set<string>();

  constructor(store: GalleryStore, basename = "person") {
    this.#store = store;
    this.#basename = basename;
  }

  /** @returns what createPeople begins with. */
  async load(): Promise<PeopleState> {
    const people = await this.#store.people();
    for (const { name } of people) this.#known.add(name);
    const numbers = people.map(({ name }) => this.#numberOf(name));
    let nextPerson = Math.max(-1, ...numbers.map((number) => number ?? -1)) + 1;
    const known: PeopleState["people"][number][] = [];
    for (const [i, { id, name }] of people.entries()) {
      const number = numbers[i] ?? null;
      if (number === null && people.length > MOST_PEOPLE) continue;
      const template = (await this.#store.templates(id)).reduce<Template | null>(
        (sum, { embedding }) => addSample(sum, { embedding, quality: ENROLLED_QUALITY }),
        null,
      );
      if (!template) continue;
      known.push({
        id: number ?? nextPerson++,
        name: number === null ? name : null,
        visits: 0,
        apart: [],
        views: template.views.map((view) => ({ ...view, direction: Array.from(view.direction) })),
      });
    }
    return { version: 1, nextPerson, people: known };
  }

  /**
   * Enrol those who are new.
   *
   * @param fingerprint of the recogniser.
   * @returns their labels.
   * @throws {ArcfaceError} as GalleryStore.enrol.
   */
  async keep({ people }: PeopleState, fingerprint: string): Promise<string[]> {
    const enrolled: string[] = [];
    for (const { id, name, views } of people) {
      const label = `${this.#basename}_${id}`;
      if (name !== null || this.#known.has(label)) continue;
      const templates = views.map(({ direction }) => ({
        embedding: Float32Array.from(direction),
        imageSha256: null,
        source: "video",
      }));
      await this.#store.enrol(label, fingerprint, templates);
      this.#known.add(label);
      enrolled.push(label);
    }
    return enrolled;
  }

  /** `null` for a name that somebody gave. */
  #numberOf(name: string): number | null {
    const digits = name.startsWith(`${this.#basename}_`) ? name.slice(this.#basename.length + 1) : "";
    return /^(0|[1-9]\d{0,8})$/.test(digits) ? Number(digits) : null;
  }
}
