import type { TrackedBox } from "../../src/metrics/tracking-frames.ts";
import { createNewestWins } from "../../src/tracking/newest-wins.ts";
import { createPeople, type PeopleOptions } from "../../src/tracking/people.ts";
import { createTracker, type TrackerOptions } from "../../src/tracking/tracker.ts";
import type { PersonEvent } from "../../src/tracking/visits.ts";
import type { ClipFrame } from "./faces-of-clip.ts";

/** As DepthAI's example: every face as sure as the threshold, its box stretched, the newest embedding wins. */
export function labelAsDepthAi(
  frames: readonly ClipFrame[],
  { csim, scoreThreshold }: { csim: number; scoreThreshold: number },
): TrackedBox[] {
  const people = createNewestWins({ csim });
  return frames.flatMap(({ faces }, frame) => {
    const sure = faces.filter(({ score }) => score >= scoreThreshold);
    const labels = people.identify(sure.map(({ stretched }) => stretched));
    return sure.map(({ box }, i) => ({ frame, id: labels[i]!, box }));
  });
}

export type OurLabels = {
  readonly labels: TrackedBox[];
  readonly tracks: TrackedBox[];
  readonly events: PersonEvent[];
  /** Faces embedded, of all faces. */
  readonly embedded: number;
  readonly msPerFrame: number;
};

/** Ours: tracks, embeddings where they tell something, people. Boxes that have no label yet are left out. */
export function labelAsWe(
  frames: readonly ClipFrame[],
  {
    tracker: trackerOptions = {},
    people: peopleOptions = {},
    budget = 4,
    useCuts = true,
  }: { tracker?: TrackerOptions; people?: PeopleOptions; budget?: number; useCuts?: boolean } = {},
): OurLabels {
  const tracker = createTracker(trackerOptions);
  const people = createPeople(peopleOptions);
  const labels: TrackedBox[] = [];
  const tracks: TrackedBox[] = [];
  const events: PersonEvent[] = [];
  let embedded = 0;
  const start = performance.now();
  for (const [frame, { timestampMs, cut: cutHere, faces }] of frames.entries()) {
    const cut = useCuts && cutHere;
    const observations = faces.map(({ box, score, landmarks, quality }) => ({ box, score, landmarks, quality }));
    const wanted = new Set(tracker.wantsEmbeddings(observations, timestampMs, { cut, budget }));
    embedded += wanted.size;
    const seen = observations.map((face, i) => ({ ...face, embedding: wanted.has(i) ? faces[i]!.aligned : null }));
    const now = tracker.update(seen, timestampMs, { cut });
    const update = people.update(now, timestampMs);
    events.push(...update.events);
    for (const [i, { id, box, observation, state }] of now.entries()) {
      if (observation === null || state === "new") continue;
      tracks.push({ frame, id, box });
      const { label } = update.identities[i]!;
      if (label !== null) labels.push({ frame, id: label, box });
    }
  }
  events.push(...people.finish());
  return { labels, tracks, events, embedded, msPerFrame: (performance.now() - start) / frames.length };
}
