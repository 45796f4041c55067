/** What happened, once each: no event for a face that is hidden for a moment. Times are those of the frames. */
export type PersonEvent =
  /** Somebody is there. `atMs` is when the face was first seen, `decidedMs` when it was sure who. */
  | {
      readonly type: "arrived";
      readonly visit: number;
      readonly person: number;
      readonly atMs: number;
      readonly decidedMs: number;
    }
  /** The gallery has a name for them. */
  | {
      readonly type: "identified";
      readonly visit: number;
      readonly person: number;
      readonly name: string;
      readonly atMs: number;
    }
  /** Two who were thought to be two are one; the visit of `from`, if there was one, goes on as that of `person`. */
  | { readonly type: "merged"; readonly person: number; readonly from: number; readonly atMs: number }
  /** Somebody was last seen at `atMs`, and not for leaveSeconds after. */
  | {
      readonly type: "left";
      readonly visit: number;
      readonly person: number;
      readonly arrivedMs: number;
      readonly atMs: number;
    };

type Visit = { readonly visit: number; readonly arrivedMs: number; lastMs: number; name: string | null };

/** Turns who is seen when into visits with a beginning and an end. */
export type Visits = {
  /** @returns whether a visit began. */
  seen(person: number, sinceMs: number, atMs: number): boolean;
  named(person: number, name: string, atMs: number): void;
  merged(person: number, from: number, atMs: number): void;
  /** Ends the visits of those not seen since. */
  endBefore(sinceMs: number): void;
  /** The events since the last call, in order. */
  take(): PersonEvent[];
};

export function createVisits(): Visits {
  const open = new Map<number, Visit>();
  /** When somebody's last visit ended, by person: a track may be older than that. */
  const ended = new Map<number, number>();
  let next = 0;
  let events: PersonEvent[] = [];
  return {
    seen(person, sinceMs, atMs) {
      const visit = open.get(person);
      if (visit) {
        visit.lastMs = atMs;
        return false;
      }
      const arrivedMs = sinceMs > (ended.get(person) ?? -Infinity) ? sinceMs : atMs;
      open.set(person, { visit: next, arrivedMs, lastMs: atMs, name: null });
      events.push({ type: "arrived", visit: next++, person, atMs: arrivedMs, decidedMs: atMs });
      return true;
    },
    named(person, name, atMs) {
      const visit = open.get(person);
      if (!visit || visit.name === name) return;
      visit.name = name;
      events.push({ type: "identified", visit: visit.visit, person, name, atMs });
    },
    merged(person, from, atMs) {
      events.push({ type: "merged", person, from, atMs });
      const [kept, other] = [open.get(person), open.get(from)];
      open.delete(from);
      ended.delete(from);
      if (!other) return;
      open.set(person, {
        visit: kept?.visit ?? other.visit,
        arrivedMs: Math.min(kept?.arrivedMs ?? Infinity, other.arrivedMs),
        lastMs: Math.max(kept?.lastMs ?? -Infinity, other.lastMs),
        name: kept?.name ?? other.name,
      });
    },
    endBefore(sinceMs) {
      for (const [person, { visit, arrivedMs, lastMs }] of open) {
        if (lastMs >= sinceMs) continue;
        open.delete(person);
        ended.set(person, lastMs);
        events.push({ type: "left", visit, person, arrivedMs, atMs: lastMs });
      }
    },
    take() {
      const taken = events;
      events = [];
      return taken;
    },
  };
}
