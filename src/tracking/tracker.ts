import { expected } from "../errors.ts";
import { intersectionOverSmaller } from "../geometry/box.ts";
import { l2Normalize } from "../tensor/vector.ts";
import { associate, type Candidate } from "./associate.ts";
import { type EmbedPolicy, embedOrder } from "./embed-order.ts";
import type { TemplateOptions } from "./template.ts";
import { coast, hit, type LiveTrack, type Observation, qualityOf, startTrack, type Track } from "./track.ts";

export type TrackerOptions = {
  /** A face at least as sure as this may be anybody's, a new one's too. Default 0.5. */
  readonly highScore?: number;
  /** A face less sure, down to this, only carries on a track that was in sight just now. Default 0.25. */
  readonly lowScore?: number;
  /** Updates that must see a track before it is believed (state `tracked`). Default 3. */
  readonly confirmHits?: number;
  /** How long an unseen track is looked for. Default 2. */
  readonly lostSeconds?: number;
  /** As `lostSeconds`, of a track that is still `new`. Default 0.2. */
  readonly newLostSeconds?: number;
  /** The cosine that says neither same nor other person: about the recogniser's threshold. Default 0.33. */
  readonly neutralSimilarity?: number;
  /** Two good faces less similar than this are two people even at one place: it is what a hard cut looks like. Default 0.1. */
  readonly vetoSimilarity?: number;
  readonly template?: TemplateOptions;
};

export type UpdateOptions = {
  /** The picture changed as a whole: no face is where one was. */
  readonly cut?: boolean;
};

export interface Tracker {
  /**
   * One frame.
   *
   * @param timestampMs of the frame; not before the last one's. Frames may be irregular, or missing.
   * @returns the tracks that are alive, and those that ended in this update, in order of id.
   * @throws {ArcfaceError} INVALID_ARGUMENT.
   */
  update(observations: readonly Observation[], timestampMs: number, options?: UpdateOptions): readonly Track[];

  /**
   * Which faces of a frame are worth embedding before `update` gets it, those that need it most first. Changes nothing.
   *
   * @returns indices into the observations, at most `budget`.
   */
  wantsEmbeddings(
    observations: readonly Observation[],
    timestampMs: number,
    options?: UpdateOptions & EmbedPolicy,
  ): readonly number[];
}

/** Evidence that a pair of track and face must have; a face that nobody was sure of must have more. */
const LEAST_EVIDENCE = 1;
const LEAST_EVIDENCE_LOW = 3;
/** A track unseen for longer does not go on with a face that nobody was sure of. */
const LOW_SECONDS = 0.3;
/** A new face that shares so much of its box with one of this frame is the same face, seen twice. */
const MOST_SHARED = 0.6;

/** Follows faces through a video, by where they go and, where embeddings are given, by how they look. */
export function createTracker({
  highScore = 0.5,
  lowScore = 0.25,
  confirmHits = 3,
  lostSeconds = 2,
  newLostSeconds = 0.2,
  neutralSimilarity = 0.33,
  vetoSimilarity = 0.1,
  template = {},
}: TrackerOptions = {}): Tracker {
  const rules = { neutralSimilarity, vetoSimilarity };
  let tracks: readonly LiveTrack[] = [];
  let lastMs: number | null = null;
  let nextId = 0;
  let dimension: number | null = null;

  function candidatesOf(observations: readonly Observation[]): Candidate[] {
    return observations.map((observation, index) => {
      const { box, embedding } = observation;
      if (!(box[2] > box[0] && box[3] > box[1] && box.every(Number.isFinite))) {
        throw expected("tracker", "boxes with sides above 0", `[${box}]`);
      }
      if (!embedding) return { index, observation, sample: null };
      if (embedding.length === 0 || embedding.length !== (dimension ?? embedding.length)) {
        throw expected("tracker", `embeddings of ${dimension ?? "some"} numbers`, `${embedding.length}`);
      }
      return { index, observation, sample: { embedding: l2Normalize(embedding), quality: qualityOf(observation) } };
    });
  }

  function coasted(timestampMs: number, cut: boolean): { moved: readonly LiveTrack[]; lastUpdateMs: number } {
    if (!(Number.isFinite(timestampMs) && timestampMs >= (lastMs ?? timestampMs))) {
      throw expected("tracker", `a timestamp of ${lastMs ?? "any finite number of"} ms or later`, `${timestampMs}`);
    }
    const seconds = (timestampMs - (lastMs ?? timestampMs)) / 1000;
    const moved = tracks.map((track) => coast(cut ? { ...track, motion: null } : track, seconds));
    return { moved, lastUpdateMs: lastMs ?? timestampMs };
  }

  return {
    update(observations, timestampMs, { cut = false } = {}) {
      const candidates = candidatesOf(observations);
      const { moved, lastUpdateMs } = coasted(timestampMs, cut);
      const high = candidates.filter(({ observation }) => observation.score >= highScore);
      const low = candidates.filter(({ observation: { score } }) => score < highScore && score >= lowScore);

      const first = associate(moved, high, { leastEvidence: LEAST_EVIDENCE, lastUpdateMs, rules });
      const recent = first.tracksLeft.filter(
        ({ motion, lastSeenMs }) => motion && timestampMs - lastSeenMs <= 1000 * LOW_SECONDS,
      );
      const second = associate(recent, low, { leastEvidence: LEAST_EVIDENCE_LOW, lastUpdateMs, rules });

      const pairs = [...first.pairs, ...second.pairs];
      const seen = pairs.map(({ track, candidate: { index, observation, sample } }) =>
        hit(track, observation, index, sample, timestampMs, { confirmHits, template }),
      );
      const boxes = pairs.map(({ candidate }) => candidate.observation.box);
      for (const { index, observation, sample } of first.candidatesLeft) {
        if (boxes.some((box) => intersectionOverSmaller(box, observation.box) > MOST_SHARED)) continue;
        boxes.push(observation.box);
        seen.push(startTrack(nextId++, observation, index, sample, timestampMs));
      }
      const found = new Set(seen.map(({ id }) => id));
      const unseen = moved.filter(({ id }) => !found.has(id));
      const all = [...seen, ...unseen.map((track) => missed(track, timestampMs))].sort((a, b) => a.id - b.id);

      dimension ??= candidates.find(({ sample }) => sample)?.sample?.embedding.length ?? null;
      lastMs = timestampMs;
      tracks = all.filter(({ state }) => state !== "removed");
      return all;
    },

    wantsEmbeddings(observations, timestampMs, { cut = false, ...policy } = {}) {
      const candidates = candidatesOf(observations);
      const { moved, lastUpdateMs } = coasted(timestampMs, cut);
      const wanted = candidates.filter(({ observation }) => observation.score >= lowScore);
      return embedOrder(moved, wanted, { ...policy, timestampMs, lastUpdateMs, rules, highScore });
    },
  };

  function missed(track: LiveTrack, timestampMs: number): LiveTrack {
    const patience = track.state === "new" ? newLostSeconds : lostSeconds;
    if (timestampMs - track.lastSeenMs > 1000 * patience) return { ...track, state: "removed" };
    return track.state === "new" ? track : { ...track, state: "lost" };
  }
}
