import { dot } from "../tensor/vector.ts";
import { decide, likeness, mostLike } from "./likeness.ts";
import { addCandidates, type NameCandidate, sureName } from "./names.ts";
import { exportPeople, importPeople, mergePeople, newPerson, type PeopleState, type Person } from "./person.ts";
import { addSample, type Sample, similarityTo, type TemplateOptions, templateSimilarity } from "./template.ts";
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
  /** Beyond so many, the longest absent without a name of the gallery are forgotten. Default 1000 (about 10 MB). */
  readonly maxPeople?: number;
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
  maxPeople = 1000,
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

  /** A track has ended: who could not be known again is forgotten. */
  function release(track: Track): void {
    const person = personOf(track);
    bindings.delete(track.id);
    if (person?.template === null) people.delete(person.id);
  }

  /** People are kept in order of their last arrival, so that the longest absent is forgotten first; never a name. */
  function arrive(person: Person): void {
    people.delete(person.id);
    set({ ...person, visits: person.visits + 1 });
    if (people.size <= maxPeople) return;
    const followed = new Set([...bindings.values()].map((binding) => binding.person));
    for (const { id, name: known } of people.values()) {
      if (people.size > maxPeople && known === null && !followed.has(id)) people.delete(id);
    }
  }

  /** A new look makes the person better known, or speaks for somebody else: then, again and again, they are they. */
  function learn(track: Track, sample: Sample, free: readonly Person[]): void {
    const person = personOf(track);
    if (!person) return;
    const binding = bindingOf(track);
    const own = person.template ? similarityTo(person.template, sample.embedding) : 1;
    const other = own < otherSimilarity ? mostLike(sample, free, sameSimilarity) : null;
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

  function bind(track: Track, person: Person): void {
    bindingOf(track).person = person.id;
    set(track.template ? mergePeople(person, newPerson(person.id, track.template)) : person);
  }

  function mergeInto([kept, other]: readonly [Person, Person], timestampMs: number): void {
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
      const person = personOf(track);
      const { sample } = track;
      if (!sample || !person?.template) continue;
      for (const other of people.values()) {
        if (other.id === person.id || !other.template || other.apart.has(person.id)) continue;
        const named = person.name !== null && other.name !== null;
        if (named && person.name !== other.name) continue;
        // Of a thousand people nearly all are nothing like this look: one product tells.
        const mayBe = dot(other.template.mean, sample.embedding) >= mergeSimilarity / 2;
        if (!named && !(mayBe && likeness(person.template, other.template) >= mergeSimilarity)) continue;
        mergeInto(person.id < other.id ? [person, other] : [other, person], timestampMs);
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
      for (const track of tracks) if (track.state === "removed") release(track);
      resolveConflicts(seen);
      const inSight = (): Set<number> => new Set(seen.flatMap((track) => personOf(track)?.id ?? []));
      const freePeople = (): Person[] => {
        const busy = inSight();
        return [...people.values()].filter(({ id }) => !busy.has(id));
      };
      for (const track of seen) if (track.sample) learn(track, track.sample, freePeople());
      const undecided = seen.filter((track) => track.state === "tracked" && personOf(track) === null);
      const waiting = undecided.map((track) => ({
        template: track.template,
        not: bindingOf(track).not,
        waited: timestampMs - track.firstSeenMs >= 1000 * patienceSeconds,
      }));
      const decisions = undecided.length > 0 ? decide(waiting, freePeople(), { sameSimilarity, otherSimilarity }) : [];
      for (const [i, decision] of decisions.entries()) {
        if (decision !== "wait") bind(undecided[i]!, decision === "new" ? newPerson(nextPerson++, null) : decision);
      }

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
        if (visits.seen(person.id, track.firstSeenMs, timestampMs)) arrive(person);
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
