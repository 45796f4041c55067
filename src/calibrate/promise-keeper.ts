import { ArcfaceError } from "../errors.ts";
import type { Gallery } from "../gallery/gallery.ts";
import { fingerprintMismatch } from "../gallery/rules.ts";
import type { Interval } from "../metrics/bootstrap.ts";
import { type Cohort, type CohortRows, layOut } from "./cohort.ts";
import type { CheckedProbability } from "./folder-calibration.ts";
import { expectedMisses, mateScores, type TemplateCounts } from "./misses.ts";
import { fitProbability, reliability, type Weighted } from "./probability.ts";
import { type PromisedThreshold, promisedThreshold } from "./promise.ts";
import { VisitorScores } from "./visitor-scores.ts";

/** A promise as it stands for the people who are enrolled now. */
export type KeptPromise = PromisedThreshold & {
  /** People enrolled, and their templates. */
  readonly enrolled: number;
  readonly templates: number;
  /**
   * The share of visits of enrolled people that will not get their own name: expected, and the interval of one visit of
   * everybody. `null` where nobody of the cohort has two images.
   */
  readonly misses: Interval | null;
  /**
   * How likely the name of the likest person is right, at even odds that a visitor is enrolled; fitted on every other person
   * of the cohort, checked on the rest. `null` where too few have two images.
   */
  readonly probability: CheckedProbability | null;
};

export type PromiseOptions = {
  /** At most one of so many visitors who are not enrolled gets a name; at least 10. */
  readonly visitors: number;
  /** How sure that is. Default 0.95. */
  readonly confidence?: number;
};

const LEAST_PEOPLE = 5;

/**
 * What a gallery may promise, measured with people who are not enrolled in it. It follows the gallery: what was enrolled or
 * removed since, by any process, counts at the next question; new templates alone are compared with the cohort.
 */
export class PromiseKeeper {
  readonly #gallery: Gallery;
  readonly #cohort: CohortRows;
  #scores: VisitorScores;
  #version = -1;
  #lastTemplate = 0;
  /** Templates of each enrolled person. */
  #counts: readonly number[] = [];
  #answers = new Map<string, KeptPromise>();
  #refreshing: Promise<void> = Promise.resolve();

  /** @throws {ArcfaceError} MODEL_MISMATCH where the cohort is another recogniser's; as layOut. */
  constructor(gallery: Gallery, cohort: Cohort) {
    if (cohort.fingerprint !== gallery.fingerprint) throw fingerprintMismatch(cohort.fingerprint, gallery.fingerprint);
    this.#gallery = gallery;
    this.#cohort = layOut(cohort);
    this.#scores = new VisitorScores(this.#cohort);
  }

  /**
   * @throws {ArcfaceError} NOT_FOUND where nobody is enrolled; INVALID_ARGUMENT as promisedThreshold; MODEL_MISMATCH where
   * the gallery is another recogniser's.
   */
  async promise({ visitors, confidence = 0.95 }: PromiseOptions): Promise<KeptPromise> {
    const refreshed = this.#refreshing.then(() => this.#refresh());
    this.#refreshing = refreshed.catch(() => {});
    await refreshed;
    const key = `${visitors} ${confidence}`;
    const known = this.#answers.get(key);
    if (known) return known;
    const answer = this.#answer(visitors, confidence);
    this.#answers.set(key, answer);
    return answer;
  }

  #answer(visitors: number, confidence: number): KeptPromise {
    const { best, centre, templates } = this.#scores;
    if (templates === 0) {
      throw new ArcfaceError("NOT_FOUND", "promise: nobody is enrolled", { hint: "enrol people first" });
    }
    const kept = promisedThreshold(this.#scores.visits(), centre, { visitors, confidence });
    const counts = templateCounts(this.#counts);
    const enrolled = this.#counts.length;
    return {
      ...kept,
      enrolled,
      templates,
      misses: expectedMisses(this.#cohort, best, kept.threshold, counts),
      probability: this.#probability(counts),
    };
  }

  /** Of the likest person's name, for people half of whom are enrolled. */
  #probability(counts: TemplateCounts): CheckedProbability | null {
    const half = (rest: 0 | 1) => {
      const mine = (person: number): boolean => person % 2 === rest;
      const paired = new Set([...this.#cohort.person].filter((p, i) => mine(p) && this.#cohort.own[i]!.length > 0));
      return {
        paired: paired.size,
        mates: mateScores(this.#cohort, counts, mine),
        strangers: strangersOf(this.#cohort, this.#scores.best, mine),
      };
    };
    const [first, second] = [half(0), half(1)];
    if (first.paired < LEAST_PEOPLE || second.paired < LEAST_PEOPLE) return null;
    const map = fitProbability(first.mates, first.strangers);
    const checked = reliability(map, second.mates, second.strangers);
    return { map, reliability: checked, fittedOn: first.paired, checkedOn: second.paired };
  }

  async #refresh(): Promise<void> {
    let news = await this.#gallery.snapshot(this.#lastTemplate);
    if (news.version === this.#version) return;
    const total = news.people.reduce((sum, { templates }) => sum + templates, 0);
    // Ids are never used again: a count that does not add up means that some are gone.
    if (this.#scores.templates + news.templates.length !== total) {
      this.#scores = new VisitorScores(this.#cohort);
      news = await this.#gallery.snapshot();
    }
    for (const template of news.templates) this.#scores.add(template);
    this.#version = news.version;
    this.#lastTemplate = news.templates.at(-1)?.id ?? this.#lastTemplate;
    this.#counts = news.people.map(({ templates }) => templates);
    this.#answers.clear();
  }
}

function templateCounts(counts: readonly number[]): number[] {
  const byCount = new Array<number>(Math.max(...counts)).fill(0);
  for (const count of counts) byCount[count - 1]!++;
  return byCount;
}

/** What strangers score, each counting once. */
function strangersOf({ person }: CohortRows, best: Float64Array, people: (person: number) => boolean): Weighted {
  const visits = new Map<number, number>();
  for (const p of person) visits.set(p, (visits.get(p) ?? 0) + 1);
  const rows = [...person.keys()].filter((i) => people(person[i]!));
  return { scores: rows.map((i) => best[i]!), weights: rows.map((i) => 1 / visits.get(person[i]!)!) };
}
