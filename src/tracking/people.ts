import { assign } from "../tensor/assignment.ts";
import { addCandidates, type NameCandidate, sureName } from "./names.ts";
import { exportPeople, importPeople, mergePeople, newPerson, type PeopleState, type Person } from "./person.ts";
import {
  addSample,
  discounted,
  type Sample,
  similarityTo,
  type Template,
  type TemplateOptions,
  templateSimilarity,
} from "./template.ts";
import type { Track } from "./track.ts";
import { createVisits, type PersonEvent } from "./visits.ts";

export type PeopleOptions = {
  /** A track whose template is at least as similar to somebody's is they. Default 0.45. */
  readonly sameSimilarity?: number;
  /** A track less similar to everybody is somebody new; between the two more looks are waited for. Default 0.25. */
  readonly otherSimilarity?: number;
  /** Two people at least as similar, who were never in one frame, are one. Default 0.5. */
  readonly mergeSimilarity?: number;
  /** How long a face may stay without a label; then it gets the likelier one. Default 1. */
  readonly patienceSeconds?: number;
  /** Somebody unseen for longer has left. Default 3. */
  readonly leaveSeconds?: number;
  /** See NameRules. Default 0.41. */
  readonly nameSimilarity?: number;
  readonly labelBasename?: string;
  readonly template?: TemplateOptions;
  /** People of before, as `export` gave them. */
  readonly state?: PeopleState;
};

/** Who a track is said to be. */
export type Identity = {
  readonly track: number;
  /** `null` while it is not sure. */
  readonly person: number | null;
  /** The gallery's name, or `person_0`, `person_1` …; `null` while it is not sure. */
  readonly label: string | null;
  /** The gallery's name, where it is sure. */
  readonly name: string | null;
  /** How similar its face is to what that person looks like: a cosine; `null` where either is not known. */
  readonly similarity: number | null;
};

export type PeopleUpdate = { readonly identities: readonly Identity[]; readonly events: readonly PersonEvent[] };

export type PeopleInput = {
  /** By track id, whom of the gallery this frame's embedding resembles, best first; of tracks with a `sample` only. */
  readonly candidates?: ReadonlyMap<number, readonly NameCandidate[]>;
};

export interface People {
  /** @param tracks as Tracker.update answers them. */
  update(tracks: readonly Track[], timestampMs: number, input?: PeopleInput): PeopleUpdate;
  /** Everybody still there leaves: the end of a video. */
  finish(): readonly PersonEvent[];
  /** Everybody who can be known again, as plain data. */
  export(): PeopleState;
}

/** What is known of a live track. `person` null is not sure. */
type Binding = { person: number | null; readonly not: Set<number>; against: number };

/** Enough good looks to say that somebody is new where there is nobody to be confused with, and where there is. */
const FEW_LOOKS = 0.5;
const MANY_LOOKS = 2;
/** Where waiting is over, this much likeness is taken for the same person. */
const LIKELY = 0.38;
/** Looks (times their quality) that contradict a label before it is given up. */
const CONTRADICTION = 1.5;

/**
 * Decides who tracks are, and keeps to it: a label is given when it is sure, stays while the track lasts, and comes back
 * with the face, after an occlusion, a cut or a restart. Two faces of one frame are never one person.
 */
export function createPeople({
  sameSimilarity = 0.45,
  otherSimilarity = 0.25,
  mergeSimilarity = 0.5,
  patienceSeconds = 1,
  leaveSeconds = 3,
  nameSimilarity = 0.41,
  labelBasename = "person",
  template = {},
  state,
}: PeopleOptions = {}): People {
  const people = new Map<number, Person>((state ? importPeople(state) : []).map((person) => [person.id, person]));
  let nextPerson = state?.nextPerson ?? 0;
  const bindings = new Map<number, Binding>();
  const visits = createVisits();

  const set = (person: Person): Person => {
    people.set(person.id, person);
    return person;
  };
  const bindingOf = (track: Track): Binding => {
    const binding = bindings.get(track.id) ?? { person: null, not: new Set(), against: 0 };
    bindings.set(track.id, binding);
    return binding;
  };
  const personOf = (track: Track): Person | null => people.get(bindingOf(track).person ?? -1) ?? null;
  const similarity = (track: Track, person: Person): number | null =>
    track.template && person.template ? templateSimilarity(person.template, track.template) : null;
  /** On the scale of the thresholds; −Infinity where there is nothing to compare. */
  const likeness = (a: Template | null, b: Template | null): number =>
    a && b ? discounted(templateSimilarity(a, b), Math.min(a.quality, b.quality)) : -Infinity;

  /** Two faces in sight that are said to be one person: who is less like them is not. */
  function resolveConflicts(seen: readonly Track[]): void {
    const holders = new Map<number, Track>();
    for (const track of seen) {
      const person = personOf(track);
      if (!person) continue;
      const rival = holders.get(person.id);
      if (!rival) {
        holders.set(person.id, track);
        continue;
      }
      const better = (similarity(track, person) ?? -1) > (similarity(rival, person) ?? -1) ? track : rival;
      holders.set(person.id, better);
      unbind(better === track ? rival : track);
    }
  }

  function unbind(track: Track): void {
    const binding = bindingOf(track);
    if (binding.person !== null) binding.not.add(binding.person);
    binding.person = null;
    binding.against = 0;
  }

  /** A new look makes the person better known, or speaks for somebody else: then, again and again, they are they. */
  function learn(track: Track, sample: Sample, free: readonly Person[]): void {
    const person = personOf(track);
    if (!person) return;
    const binding = bindingOf(track);
    const own = person.template ? similarityTo(person.template, sample.embedding) : 1;
    const other = own < otherSimilarity ? mostLike(sample, free) : null;
    if (other === null) {
      binding.against = 0;
      set({ ...person, template: addSample(person.template, sample, template) });
      return;
    }
    binding.against += sample.quality;
    if (binding.against < CONTRADICTION) return;
    unbind(track);
    binding.person = other.id;
  }

  /** Who is as like a look as the same person would be. */
  function mostLike(sample: Sample, among: readonly Person[]): Person | null {
    let best: Person | null = null;
    let most = sameSimilarity;
    for (const person of among) {
      if (!person.template) continue;
      const quality = Math.min(sample.quality, person.template.quality);
      const alike = discounted(similarityTo(person.template, sample.embedding), quality);
      if (alike >= most) [best, most] = [person, alike];
    }
    return best;
  }

  function bind(track: Track, person: Person): void {
    bindingOf(track).person = person.id;
    const both = track.template ? mergePeople(person, newPerson(person.id, track.template)) : person;
    set(both);
  }

  /** Who the tracks without a label are: those who resemble somebody first, then those who resemble nobody. */
  function decide(undecided: readonly Track[], free: readonly Person[], timestampMs: number): void {
    const costs = undecided.flatMap((track) =>
      free.map((person) =>
        bindingOf(track).not.has(person.id) ? Infinity : -likeness(track.template, person.template),
      ),
    );
    const chosen = assign(costs, undecided.length, free.length, -otherSimilarity);
    for (const [i, track] of undecided.entries()) {
      const person = chosen[i] === -1 ? null : free[chosen[i]!]!;
      const nearest = Math.max(-Infinity, ...free.map((_, j) => -costs[i * free.length + j]!));
      const looks = track.template?.views.reduce((sum, view) => sum + view.weight, 0) ?? 0;
      const waited = timestampMs - track.firstSeenMs >= 1000 * patienceSeconds;
      if (person && (nearest >= sameSimilarity || waited || looks >= MANY_LOOKS)) {
        const likely = -costs[i * free.length + chosen[i]!]! >= LIKELY;
        if (likely) bind(track, person);
        else if (waited) bind(track, newPerson(nextPerson++, null));
      } else if (!person && (waited || looks >= (free.length === 0 ? FEW_LOOKS : MANY_LOOKS))) {
        bind(track, newPerson(nextPerson++, null));
      }
    }
  }

  function mergeInto(kept: Person, other: Person, timestampMs: number): void {
    set(mergePeople(kept, other));
    people.delete(other.id);
    for (const binding of bindings.values()) if (binding.person === other.id) binding.person = kept.id;
    for (const person of people.values()) {
      if (person.apart.has(other.id)) set({ ...person, apart: new Set([...person.apart, kept.id]) });
    }
    visits.merged(kept.id, other.id, timestampMs);
  }

  /** Somebody in sight who turns out to be somebody from before. */
  function mergeAlike(seen: readonly Track[], timestampMs: number): void {
    for (const track of seen) {
      const person = track.sample && personOf(track);
      if (!person?.template) continue;
      for (const other of people.values()) {
        if (other.id === person.id || !other.template || other.apart.has(person.id) || person.apart.has(other.id))
          continue;
        const sameName = person.name !== null && person.name === other.name;
        if (!sameName && likeness(person.template, other.template) < mergeSimilarity) continue;
        if (person.name !== null && other.name !== null && !sameName) continue;
        const [kept, gone] = person.id < other.id ? [person, other] : [other, person];
        mergeInto(kept, gone, timestampMs);
        break;
      }
    }
  }

  function name(track: Track, candidates: readonly NameCandidate[], taken: ReadonlySet<string>): void {
    const person = personOf(track);
    if (!person || !track.sample) return;
    const names = addCandidates(person.names, track.sample, candidates, { nameSimilarity });
    const sure = sureName(names, person.name);
    set({ ...person, names, name: sure !== null && sure !== person.name && taken.has(sure) ? null : sure });
  }

  return {
    update(tracks, timestampMs, { candidates } = {}) {
      const seen = tracks.filter(({ observation }) => observation !== null);
      for (const { id, state: now } of tracks) if (now === "removed") bindings.delete(id);
      resolveConflicts(seen);
      const inSight = (): Set<number> => new Set(seen.flatMap((track) => personOf(track)?.id ?? []));
      const freePeople = (): Person[] => {
        const busy = inSight();
        return [...people.values()].filter(({ id }) => !busy.has(id));
      };
      for (const track of seen) if (track.sample) learn(track, track.sample, freePeople());
      const undecided = seen.filter((track) => track.state === "tracked" && bindingOf(track).person === null);
      if (undecided.length > 0) decide(undecided, freePeople(), timestampMs);

      const present = inSight();
      for (const id of present) {
        const person = people.get(id)!;
        if ([...present].every((other) => other === id || person.apart.has(other))) continue;
        set({ ...person, apart: new Set([...person.apart, ...[...present].filter((other) => other !== id)]) });
      }
      if (candidates) {
        for (const track of seen) {
          const own = personOf(track)?.id;
          const taken = [...present].flatMap((id) => (id === own ? [] : (people.get(id)!.name ?? [])));
          name(track, candidates.get(track.id) ?? [], new Set(taken));
        }
      }
      mergeAlike(seen, timestampMs);

      for (const track of seen) {
        const person = personOf(track);
        if (!person?.template) continue;
        if (visits.seen(person.id, track.firstSeenMs, timestampMs)) set({ ...person, visits: person.visits + 1 });
        if (person.name !== null) visits.named(person.id, person.name, timestampMs);
      }
      visits.endBefore(timestampMs - 1000 * leaveSeconds);

      const identities = tracks.map((track): Identity => {
        const person = personOf(track);
        return {
          track: track.id,
          person: person?.id ?? null,
          label: person && (person.name ?? `${labelBasename}_${person.id}`),
          name: person?.name ?? null,
          similarity: person && similarity(track, person),
        };
      });
      return { identities, events: visits.take() };
    },

    finish() {
      visits.endBefore(Infinity);
      return visits.take();
    },

    export: () => exportPeople(people.values(), nextPerson),
  };
}
