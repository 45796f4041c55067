import { expected } from "../errors.ts";
import { mergeTemplates, type Template, templateOf } from "./template.ts";

/** Somebody who was seen. */
export type Person = {
  /** Whole numbers from 0, never used again. */
  readonly id: number;
  /** `null` for a face that was never good enough to be known again. */
  readonly template: Template | null;
  /** People who were in one frame with this one: they are somebody else. */
  readonly apart: ReadonlySet<number>;
  /** How much speaks for each name of the gallery: see addCandidates. */
  readonly names: ReadonlyMap<string, number>;
  /** The name that is sure. */
  readonly name: string | null;
  readonly visits: number;
};

/** Plain data, for JSON. */
export type PeopleState = {
  readonly version: 1;
  /** The number that the next new person gets. */
  readonly nextPerson: number;
  readonly people: readonly {
    readonly id: number;
    readonly name: string | null;
    readonly visits: number;
    readonly apart: readonly number[];
    readonly views: readonly { direction: readonly number[]; weight: number; quality: number }[];
  }[];
};

export function newPerson(id: number, template: Template | null): Person {
  return { id, template, apart: new Set(), names: new Map(), name: null, visits: 0 };
}

/** Both as one, under the number and, where it has one, the name of the first. */
export function mergePeople(kept: Person, other: Person): Person {
  const template =
    kept.template && other.template ? mergeTemplates(kept.template, other.template) : (kept.template ?? other.template);
  const names = new Map(kept.names);
  for (const [name, score] of other.names) names.set(name, Math.max(score, names.get(name) ?? -Infinity));
  return {
    id: kept.id,
    template,
    apart: new Set([...kept.apart, ...other.apart]),
    names,
    name: kept.name ?? other.name,
    visits: kept.visits + other.visits,
  };
}

/** Those who can be known again. */
export function exportPeople(people: Iterable<Person>, nextPerson: number): PeopleState {
  const kept = [...people].filter((person) => person.template !== null);
  return {
    version: 1,
    nextPerson,
    people: kept.map(({ id, name, visits, apart, template }) => ({
      id,
      name,
      visits,
      apart: [...apart].filter((other) => kept.some((person) => person.id === other)),
      views: template!.views.map(({ direction, weight, quality }) => ({
        direction: Array.from(direction),
        weight,
        quality,
      })),
    })),
  };
}

/** @throws {ArcfaceError} INVALID_ARGUMENT where it is no state of ours. */
export function importPeople({ version, people, nextPerson }: PeopleState): Person[] {
  if (version !== 1) throw expected("people", "a state of version 1", `${version}`);
  const length = people[0]?.views[0]?.direction.length ?? 0;
  return people.map(({ id, name, visits, apart, views }) => {
    const sound =
      Number.isInteger(id) &&
      id >= 0 &&
      id < nextPerson &&
      views.length > 0 &&
      views.every(({ direction, weight, quality }) => {
        const finite = [weight, quality, ...direction].every(Number.isFinite);
        return direction.length === length && length > 0 && finite && weight > 0;
      });
    if (!sound) throw expected("people", `a state as export gives it`, `a damaged person ${id}`);
    const template = templateOf(views.map((view) => ({ ...view, direction: Float32Array.from(view.direction) })));
    // What was sure stays so until the gallery says otherwise.
    const names = new Map(name === null ? [] : [[name, 0]]);
    return { id, template, apart: new Set(apart), names, name, visits };
  });
}
