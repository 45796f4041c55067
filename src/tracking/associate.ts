import { assign } from "../tensor/assignment.ts";
import { appearanceEvidence, type EvidenceRules, placeEvidence } from "./evidence.ts";
import type { Sample } from "./template.ts";
import type { LiveTrack, Observation } from "./track.ts";

/** An observation as the tracker works with it. */
export type Candidate = { readonly index: number; readonly observation: Observation; readonly sample: Sample | null };

export type Pair = { readonly track: LiveTrack; readonly candidate: Candidate; readonly evidence: number };

/** All that speaks for a face being that track's; −Infinity where it cannot be. */
export function evidenceFor(
  track: LiveTrack,
  { observation, sample }: Candidate,
  lastUpdateMs: number,
  rules: EvidenceRules,
): number {
  const seen = track.motion !== null && track.lastSeenMs === lastUpdateMs;
  return placeEvidence(track.motion, seen, observation.box) + appearanceEvidence(track.template, sample, rules);
}

/**
 * Which face is which track's: the pairs whose evidence sums up highest, none below the least.
 *
 * @param lastUpdateMs when the frame before was: tracks seen then do not jump.
 */
export function associate(
  tracks: readonly LiveTrack[],
  candidates: readonly Candidate[],
  { leastEvidence, lastUpdateMs, rules }: { leastEvidence: number; lastUpdateMs: number; rules: EvidenceRules },
): { pairs: Pair[]; tracksLeft: LiveTrack[]; candidatesLeft: Candidate[] } {
  const evidence = tracks.flatMap((track) => candidates.map((c) => evidenceFor(track, c, lastUpdateMs, rules)));
  const columnOf = assign(
    evidence.map((value) => -value),
    tracks.length,
    candidates.length,
    -leastEvidence,
  );
  const taken = new Set(columnOf);
  const pairs = tracks.flatMap((track, i): Pair[] => {
    const j = columnOf[i]!;
    return j === -1 ? [] : [{ track, candidate: candidates[j]!, evidence: evidence[i * candidates.length + j]! }];
  });
  return {
    pairs,
    tracksLeft: tracks.filter((_, i) => columnOf[i] === -1),
    candidatesLeft: candidates.filter((_, j) => !taken.has(j)),
  };
}
