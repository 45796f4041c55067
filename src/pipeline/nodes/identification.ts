import { expected } from "../../errors.ts";
import type { Gallery } from "../../gallery/gallery.ts";
import type { NameCandidate } from "../../tracking/names.ts";
import { createPeople, type Identity, type People, type PeopleOptions } from "../../tracking/people.ts";
import type { PeopleState } from "../../tracking/person.ts";
import type { Track } from "../../tracking/track.ts";
import type { PersonEvent } from "../../tracking/visits.ts";
import { FaceTracks } from "../messages/face-tracks.ts";
import { ImgDetections } from "../messages/img-detections.ts";
import { JsonEvent } from "../messages/json-event.ts";
import type { Output } from "../output.ts";
import { QueueException } from "../queue-exception.ts";
import { ThreadedHostNode } from "../threaded-host-node.ts";

export type IdentificationOptions = PeopleOptions & {
  /** Who has a name. Default: nobody. */
  readonly gallery?: Gallery | null;
};

/** What happened, with the label that the person has. */
export type LabelledEvent = PersonEvent & { readonly label: string };

/** The gallery's people that a look is compared with: those beyond are no more similar than the last. */
const CANDIDATES = 5;

/**
 * Who is followed: names from a gallery, and numbers (`person_0` …) for those whom it does not know. A label is given when
 * it is sure, and kept; `events` tells of each visit once (see createPeople).
 */
export class Identification extends ThreadedHostNode {
  readonly input = this.createInput<FaceTracks>({ name: "input", types: [FaceTracks] });
  /** The faces in view that are followed, each with its label; empty where it is not sure yet. */
  readonly out = this.createOutput<ImgDetections>({ name: "out", types: [ImgDetections] });
  readonly events = this.createOutput<JsonEvent<LabelledEvent>>({ name: "events", types: [JsonEvent] });
  #people: People = createPeople();
  #gallery: Gallery | null = null;
  #basename = "person";
  readonly #labels = new Map<number, string>();

  override getName(): string {
    return "Identification";
  }

  build(
    tracks: Output<FaceTracks>,
    { gallery = null, labelBasename = "person", ...options }: IdentificationOptions = {},
  ): this {
    this.#gallery = gallery;
    this.#basename = labelBasename;
    this.#people = createPeople({ ...options, labelBasename });
    tracks.link(this.input);
    return this;
  }

  /** Everybody seen so far who can be known again, as plain data: the `state` of a later run. */
  getPeople(): PeopleState {
    return this.#people.export();
  }

  override checkBuilt(): void {
    if (!this.input.isConnected()) throw expected(`Identification ${this.id}`, "tracks by build", "none");
  }

  protected override async run(): Promise<void> {
    let last: FaceTracks | null = null;
    try {
      while (this.mainLoop()) {
        last = await this.input.get();
        await this.#step(last);
      }
    } catch (error) {
      if (!(error instanceof QueueException)) throw error;
      // The end of a video is the end of every visit; of a pipeline that was stopped nobody listens any more.
      if (last && this.isRunning()) await this.#tell(this.#people.finish(), last);
    }
  }

  async #step(message: FaceTracks): Promise<void> {
    const input = this.#gallery ? { candidates: await this.#candidates(message.tracks) } : {};
    const { identities, events } = this.#people.update(message.tracks, message.getTimestamp(), input);
    for (const { person, label } of identities) if (person !== null && label !== null) this.#labels.set(person, label);
    await Promise.all([this.out.send(toDetections(message, identities)), this.#tell(events, message)]);
  }

  async #candidates(tracks: readonly Track[]): Promise<Map<number, readonly NameCandidate[]>> {
    const candidates = new Map<number, readonly NameCandidate[]>();
    for (const { id, sample } of tracks) {
      if (!sample) continue;
      const found = await this.#gallery!.identify(sample.embedding, { threshold: 1, limit: CANDIDATES });
      // A label of ours is no name: whoever has it is known by their looks.
      candidates.set(
        id,
        found.candidates.filter(({ name }) => !isLabel(name, this.#basename)),
      );
    }
    return candidates;
  }

  async #tell(events: readonly PersonEvent[], message: FaceTracks): Promise<void> {
    for (const event of events) {
      const label = this.#labels.get(event.person) ?? `${this.#basename}_${event.person}`;
      await this.events.send(new JsonEvent({ ...event, label }).setStampsOf(message));
    }
  }
}

function isLabel(name: string, basename: string): boolean {
  return name.startsWith(`${basename}_`) && /^\d+$/.test(name.slice(basename.length + 1));
}

/** Of the tracks that are seen in this frame, and were before: what is seen once may be no face. */
function toDetections(message: FaceTracks, identities: readonly Identity[]): ImgDetections {
  const labels = new Map(identities.map(({ track, label }) => [track, label]));
  const seen = message.tracklets.filter((_, i) => {
    const { observation, state } = message.tracks[i]!;
    return observation !== null && state !== "new";
  });
  const detections = seen.map(({ id, srcImgDetection }) => srcImgDetection.with({ labelName: labels.get(id) ?? "" }));
  return new ImgDetections(detections, {}, message.getTransformation()).setStampsOf(message);
}
