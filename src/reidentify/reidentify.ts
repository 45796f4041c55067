import type { Gallery } from "../gallery/gallery.ts";
import type { ImgDetections } from "../pipeline/messages/img-detections.ts";
import type { ImgFrame } from "../pipeline/messages/img-frame.ts";
import { FaceDetection } from "../pipeline/nodes/face-detection.ts";
import { Identification } from "../pipeline/nodes/identification.ts";
import { ObjectTracker } from "../pipeline/nodes/object-tracker.ts";
import type { Output } from "../pipeline/output.ts";
import type { Pipeline } from "../pipeline/pipeline.ts";
import type { Embedder } from "../recognize/embedder.ts";
import type { PeopleState } from "../tracking/person.ts";
import { framesOf, type VideoSource } from "./frames-of.ts";

export type ReidentifyOptions = VideoSource & {
  /** A detector's slug. Default: the library's. */
  readonly detector?: string | undefined;
  /** Its embeddings are what people are known by; it stays the caller's. */
  readonly embedder: Embedder;
  /** The least cosine that makes two faces one person's. Default: see createPeople. */
  readonly cosSimilarity?: number | undefined;
  /** Who has a name. */
  readonly gallery?: Gallery | undefined;
  /** Whom earlier runs have seen. */
  readonly people?: PeopleState | undefined;
};

export type Reidentification = {
  /** The frames that were looked at. */
  readonly frames: Output<ImgFrame>;
  /** The faces of each, with their labels; empty where it is not sure yet. */
  readonly objects: Output<ImgDetections>;
  readonly identification: Identification;
};

/** Doubtful faces carry on tracks that are in sight: see TrackerOptions.lowScore. They begin none. */
const LEAST_SCORE = 0.25;

/**
 * Who is in a video or before a camera: faces are found, followed, aligned, embedded where that tells something new, and
 * labelled once it is sure who they are.
 */
export function buildReidentify(
  pipeline: Pipeline,
  { detector, embedder, cosSimilarity, gallery, people, ...source }: ReidentifyOptions,
): Reidentification {
  const faces = pipeline.create(FaceDetection).build(framesOf(pipeline, source), {
    moving: true,
    scoreThreshold: LEAST_SCORE,
    ...(detector !== undefined && { model: detector }),
  });
  const tracker = pipeline.create(ObjectTracker).build(faces.passthrough, faces.out, { recognizer: embedder });
  const identification = pipeline.create(Identification).build(tracker.out, {
    ...(gallery && { gallery }),
    ...(people && { state: people }),
    ...(cosSimilarity !== undefined && { sameSimilarity: cosSimilarity }),
  });
  return { frames: tracker.passthroughTrackerFrame, objects: identification.out, identification };
}
