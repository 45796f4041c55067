import { dotRows } from "../gallery/dot-rows.ts";
import type { Template } from "../gallery/store.ts";
import type { CohortRows } from "./cohort.ts";
import type { Visits } from "./tail.ts";

/**
 * What people who are not enrolled score in a gallery, kept while it grows. Visitors are the cohort's people; and each
 * enrolled person, who is a stranger to all the others: the larger the gallery, the more of them, and the rarer what they
 * have to tell.
 */
export class VisitorScores {
  readonly #cohort: CohortRows;
  /** Of each of the cohort's rows, to the likest enrolled person. */
  readonly best: Float64Array;
  /** Of each template, to the likest other person. */
  readonly #templateBest: number[] = [];
  readonly #personOf: number[] = [];
  #rows: Float32Array;
  #sum = 0;

  constructor(cohort: CohortRows) {
    this.#cohort = cohort;
    this.best = new Float64Array(cohort.size).fill(-Infinity);
    this.#rows = new Float32Array(64 * cohort.dimension);
  }

  get templates(): number {
    return this.#personOf.length;
  }

  /** The mean similarity of the cohort's rows and the templates. */
  get centre(): number {
    return this.#sum / (this.templates * this.#cohort.size);
  }

  add({ embedding, personId }: Pick<Template, "embedding" | "personId">): void {
    const { rows, size, dimension } = this.#cohort;
    const probe = Float64Array.from(embedding);
    const similarities = new Float64Array(Math.max(size, this.templates));
    dotRows(rows, size, probe, similarities);
    for (let i = 0; i < size; i++) {
      this.#sum += similarities[i]!;
      if (similarities[i]! > this.best[i]!) this.best[i] = similarities[i]!;
    }
    dotRows(this.#rows, this.templates, probe, similarities);
    let own = -Infinity;
    for (let i = 0; i < this.templates; i++) {
      if (this.#personOf[i] === personId) continue;
      own = Math.max(own, similarities[i]!);
      this.#templateBest[i] = Math.max(this.#templateBest[i]!, similarities[i]!);
    }
    if ((this.templates + 1) * dimension > this.#rows.length) {
      const larger = new Float32Array(2 * this.#rows.length);
      larger.set(this.#rows);
      this.#rows = larger;
    }
    this.#rows.set(embedding, this.templates * dimension);
    this.#personOf.push(personId);
    this.#templateBest.push(own);
  }

  visits(): Visits {
    const first = this.#cohort.people;
    const numbers = new Map([...new Set(this.#personOf)].map((id, i) => [id, first + i]));
    // Alone in the gallery nobody is a stranger to anybody.
    const strangers = numbers.size < 2 ? [] : this.#personOf;
    return {
      best: Float64Array.from([...this.best, ...(numbers.size < 2 ? [] : this.#templateBest)]),
      visitor: Uint32Array.from([...this.#cohort.person, ...strangers.map((id) => numbers.get(id)!)]),
    };
  }
}
