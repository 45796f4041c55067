import { type Candidate, evidenceTable, pairUp } from "./associate.ts";
import type { EvidenceRules } from "./evidence.ts";
import { type LiveTrack, qualityOf } from "./track.ts";

/** Which faces to embed where embedding all of them costs too much. */
export type EmbedPolicy = {
  /** At most so many faces a frame. Default: all that need it. */
  readonly budget?: number;
  /** A face whose track was embedded longer ago is embedded again; of a new track sooner. Default 0.5. */
  readonly refreshSeconds?: number;
  /** A face better by this much than its track's best is embedded. Default 0.1. */
  readonly betterBy?: number;
  /** Faces of less quality are not embedded: they say nothing. Default 0.1. */
  readonly leastQuality?: number;
};

export type EmbedContext = EmbedPolicy & {
  readonly timestampMs: number;
  readonly lastUpdateMs: number;
  readonly rules: EvidenceRules;
  readonly highScore: number;
};

/** From so much weight of its views on, a template is known as well as it will be. */
const FIRM_WEIGHT = 6;
/** Where a second track or face has nearly as much evidence, looks must decide. */
const CLOSE_CALL = 6;

/**
 * The faces that need an embedding, the most urgent first:
 *
 * 1. those that no track goes to by place alone: somebody new, or back, or the picture was cut
 * 2. those that two tracks could claim
 * 3. those whose track was never embedded
 * 4. those that are better than what their track has
 * 5. those whose track was not looked at for a while: for a short while where it is not known well, so that the first
 *    looks are soon, but not so soon that they are all the same
 *
 * and of one kind the best face first.
 */
export function embedOrder(
  tracks: readonly LiveTrack[],
  candidates: readonly Candidate[],
  {
    budget = Infinity,
    refreshSeconds = 0.5,
    betterBy = 0.1,
    leastQuality = 0.1,
    timestampMs,
    lastUpdateMs,
    rules,
    highScore,
  }: EmbedContext,
): number[] {
  const table = evidenceTable(tracks, candidates, { lastUpdateMs, rules });
  const { pairs } = pairUp(tracks, candidates, table, 0);
  const trackOf = new Map(pairs.map(({ candidate, track }) => [candidate, track]));

  function urgency(candidate: Candidate, column: number): number | null {
    const quality = qualityOf(candidate.observation);
    if (quality < leastQuality) return null;
    const track = trackOf.get(candidate);
    // A face that nobody is sure of does not begin a track, so that nothing would come of it.
    if (!track) return candidate.observation.score >= highScore ? 1 : null;
    if (contested(tracks.indexOf(track), column)) return 2;
    if (track.embedded === null) return 3;
    if (quality >= track.embedded.quality + betterBy) return 4;
    const weight = track.template?.views.reduce((sum, view) => sum + view.weight, 0) ?? 0;
    const refresh = refreshSeconds * Math.min(1, (weight / FIRM_WEIGHT) ** 2);
    return timestampMs - track.embedded.atMs >= 1000 * refresh ? 5 : null;
  }

  /** Another track could claim the face, or another face the track, nearly as well. */
  function contested(row: number, column: number): boolean {
    const n = candidates.length;
    const close = Math.max(0, table[row * n + column]! - CLOSE_CALL);
    return (
      tracks.some((_, i) => i !== row && table[i * n + column]! > close) ||
      candidates.some((_, j) => j !== column && table[row * n + j]! > close)
    );
  }

  return candidates
    .map((candidate, column) => ({
      index: candidate.index,
      urgency: urgency(candidate, column),
      quality: qualityOf(candidate.observation),
    }))
    .filter((face): face is typeof face & { urgency: number } => face.urgency !== null)
    .sort((a, b) => a.urgency - b.urgency || b.quality - a.quality || a.index - b.index)
    .slice(0, budget)
    .map(({ index }) => index);
}
