import type { Box, Landmarks } from "../geometry/types.ts";
import { correctMotion, type Motion, motionBox, predictMotion, startMotion } from "./motion.ts";
import { faceQuality } from "./quality.ts";
import { addSample, type Sample, type Template, type TemplateOptions } from "./template.ts";

/** A face that a detector saw in one frame. */
export type Observation = {
  /** Pixels; both sides above 0. */
  readonly box: Box;
  /** 0–1, see TrackerOptions for what its thresholds are. */
  readonly score: number;
  readonly landmarks?: Landmarks | undefined;
  /** Of any length but 0; `null` or absent where this face was not embedded in this frame. */
  readonly embedding?: Float32Array | null | undefined;
  /** What an embedding of it is worth, 0–1; default: faceQuality of what is here. */
  readonly quality?: number | undefined;
};

/** `new` until it was seen often enough to be believed; `removed` is said once, in the update that ends the track. */
export type TrackState = "new" | "tracked" | "lost" | "removed";

/** One face through time. A snapshot: the next update makes new ones. */
export type Track = {
  /** Whole numbers from 0 in order of appearance, never used again. */
  readonly id: number;
  readonly state: TrackState;
  /** Where it is: the observation's box, or while unseen where it is thought to be. */
  readonly box: Box;
  /** Index of its observation in this update; `null` while unseen. */
  readonly observation: number | null;
  /** The last observation's. */
  readonly score: number;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
  /** Updates in which it was seen. */
  readonly hits: number;
  /** What it looks like; `null` before an embedding good enough. */
  readonly template: Template | null;
  /** What was embedded in this update; `null` where nothing was. */
  readonly sample: Sample | null;
};

/** A track with what only the tracker needs to know. */
export type LiveTrack = Track & {
  /** `null` where it may be anywhere: it was out of sight when the picture changed. */
  readonly motion: Motion | null;
  /** The best quality embedded so far, and when the last one was; `null` for never. */
  readonly embedded: { readonly quality: number; readonly atMs: number } | null;
  /** The last look at it, good enough for a template or not. */
  readonly lastSample: Sample | null;
};

export function qualityOf({ quality, landmarks, score }: Observation): number {
  return quality ?? (landmarks ? faceQuality({ landmarks, score }) : 0.5);
}

export function startTrack(
  id: number,
  seen: Observation,
  observation: number,
  sample: Sample | null,
  atMs: number,
): LiveTrack {
  return {
    id,
    state: "new",
    box: seen.box,
    observation,
    score: seen.score,
    firstSeenMs: atMs,
    lastSeenMs: atMs,
    hits: 1,
    template: sample && addSample(null, sample),
    sample,
    motion: startMotion(seen.box),
    embedded: sample && { quality: sample.quality, atMs },
    lastSample: sample,
  };
}

/** The track some time later, not yet seen again. */
export function coast(track: LiveTrack, seconds: number): LiveTrack {
  const motion = track.motion && predictMotion(track.motion, seconds);
  return { ...track, motion, box: motion ? motionBox(motion) : track.box, observation: null, sample: null };
}

/** The track having been seen. */
export function hit(
  track: LiveTrack,
  seen: Observation,
  observation: number,
  sample: Sample | null,
  atMs: number,
  { confirmHits, template }: { readonly confirmHits: number; readonly template: TemplateOptions },
): LiveTrack {
  const hits = track.hits + 1;
  return {
    ...track,
    state: track.state !== "new" || hits >= confirmHits ? "tracked" : "new",
    box: seen.box,
    observation,
    score: seen.score,
    lastSeenMs: atMs,
    hits,
    template: sample ? addSample(track.template, sample, template) : track.template,
    sample,
    motion: arrived(track.motion, seen.box),
    embedded: sample ? { quality: Math.max(sample.quality, track.embedded?.quality ?? 0), atMs } : track.embedded,
    lastSample: sample ?? track.lastSample,
  };
}

/** Far from where it was going, it is known by its looks: its motion begins anew. */
function arrived(motion: Motion | null, box: Box): Motion {
  if (motion === null) return startMotion(box);
  const [x0, y0, x1, y1] = motionBox(motion);
  const apart = Math.hypot(box[0] + box[2] - x0 - x1, box[1] + box[3] - y0 - y1) / 2;
  return apart > 2 * (box[3] - box[1]) ? startMotion(box) : correctMotion(motion, box);
}
