import { assign } from "../tensor/assignment.ts";
import { appearanceEvidence, type EvidenceRules, MOST, placeEvidence } from "./evidence.ts";
import type { Sample } from "./template.ts";
import type { LiveTrack, Observation } from "./track.ts";

/** An observation as the tracker works with it. */
export type Candidate = { readonly index: number; readonly observation: Observation; readonly sample: Sample | null };

export type Pair = { readonly track: LiveTrack; readonly candidate: Candidate };

export type Context = {
  /** When the frame before was: tracks seen then do not jump. */
  readonly lastUpdateMs: number;
  readonly rules: EvidenceRules;
};

/** All that speaks for each face being each track's, tracks × faces, row-major; −Infinity where it cannot be. */
export function evidenceTable(
  tracks: readonly LiveTrack[],
  candidates: readonly Candidate[],
  { lastUpdateMs, rules }: Context,
): Float64Array {
  const table = new Float64Array(tracks.length * candidates.length);
  let at = 0;
  for (const { motion, lastSeenMs, template } of tracks) {
    const seen = motion !== null && lastSeenMs === lastUpdateMs;
    for (const { observation, sample } of candidates) {
      const place = placeEvidence(motion, seen, observation.box);
      // Too far for any looks to make up for: most pairs of a crowd, whose embeddings need not be compared.
      table[at++] = place < -MOST ? -Infinity : place + appearanceEvidence(template, sample, rules);
    }
  }
  return table;
}

/** Which face is which track's: the pairs whose evidence sums up highest, none at the least or below. */
export function pairUp(
  tracks: readonly LiveTrack[],
  candidates: readonly Candidate[],
  table: Float64Array,
  leastEvidence: number,
): { pairs: Pair[]; tracksLeft: LiveTrack[]; candidatesLeft: Candidate[] } {
  const columnOf = assign(
    table.map((value) => -value),
    tracks.length,
    candidates.length,
    -leastEvidence,
  );
  const taken = new Set(columnOf);
  return {
    pairs: tracks.flatMap((track, i) => (columnOf[i] === -1 ? [] : [{ track, candidate: candidates[columnOf[i]!]! }])),
    tracksLeft: tracks.filter((_, i) => columnOf[i] === -1),
    candidatesLeft: candidates.filter((_, j) => !taken.has(j)),
  };
}

/** Both at once. */
export function associate(
  tracks: readonly LiveTrack[],
  candidates: readonly Candidate[],
  { leastEvidence, ...context }: Context & { readonly leastEvidence: number },
): ReturnType<typeof pairUp> {
  return pairUp(tracks, candidates, evidenceTable(tracks, candidates, context), leastEvidence);
}
