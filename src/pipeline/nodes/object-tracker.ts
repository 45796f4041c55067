import type { FaceDetection } from "../../geometry/detection.ts";
import type { Landmarks } from "../../geometry/types.ts";
import { cropFace } from "../../image/crop-face.ts";
import type { Image } from "../../image/image.ts";
import type { Embedder } from "../../recognize/embedder.ts";
import { faceQuality } from "../../tracking/quality.ts";
import { createCutDetector } from "../../tracking/scene-cut.ts";
import type { Observation, Track } from "../../tracking/track.ts";
import { createTracker, type TrackerOptions } from "../../tracking/tracker.ts";
import type { Input } from "../input.ts";
import { FaceTracks } from "../messages/face-tracks.ts";
import { ImgDetection } from "../messages/img-detection.ts";
import { ImgDetections, toImgDetection } from "../messages/img-detections.ts";
import { ImgFrame } from "../messages/img-frame.ts";
import type { TrackingStatus, Tracklet } from "../messages/tracklets.ts";
import type { Output } from "../output.ts";
import { syncInputs } from "../sync-inputs.ts";
import { ThreadedHostNode } from "../threaded-host-node.ts";
import { placeDetections } from "./detection-in-frame.ts";

export type ObjectTrackerOptions = TrackerOptions & {
  /**
   * What faces look like: a recogniser's slug, or `null` to go by place alone. Default: the device's recogniser.
   * Only faces whose embedding would tell something new are embedded.
   */
  readonly recognizer?: string | Embedder | null;
  /** Faces embedded in one frame at most. Default 2: of two clips, more made no labels better. */
  readonly embedBudget?: number;
};

/** Messages of one frame carry the same timestamp. */
const SAME_FRAME_MS = 1e-3;

const STATUS: Readonly<Record<Track["state"], TrackingStatus>> = {
  new: "NEW",
  tracked: "TRACKED",
  lost: "LOST",
  removed: "REMOVED",
};

/**
 * Follows faces from frame to frame, by place and by looks (see createTracker). One message goes out a frame: who is
 * followed, and once more who was and is not any more (REMOVED).
 */
export class ObjectTracker extends ThreadedHostNode {
  readonly inputTrackerFrame = this.createInput<ImgFrame>({ name: "inputTrackerFrame", types: [ImgFrame] });
  /** Of the same frames, each with its message, empty where nothing was found. */
  readonly inputDetections = this.createInput<ImgDetections>({ name: "inputDetections", types: [ImgDetections] });
  readonly out = this.createOutput<FaceTracks>({ name: "out", types: [FaceTracks] });
  readonly passthroughTrackerFrame = this.createOutput<ImgFrame>({
    name: "passthroughTrackerFrame",
    types: [ImgFrame],
  });
  readonly passthroughDetections = this.createOutput<ImgDetections>({
    name: "passthroughDetections",
    types: [ImgDetections],
  });
  #options: ObjectTrackerOptions = {};
  #labels: ReadonlySet<number> | null = null;
  #maxObjects = Number.POSITIVE_INFINITY;
  #threshold = 0;
  #embedder: Embedder | null = null;
  #ownsEmbedder = false;
  /** By track: when it began, and the last detection of it. */
  readonly #seen = new Map<number, { readonly since: number; readonly detection: ImgDetection }>();

  override getName(): string {
    return "ObjectTracker";
  }

  /** @param detections of the frames, or of smaller copies of them, with the frames' timestamps. */
  build(frames: Output<ImgFrame>, detections: Output<ImgDetections>, options: ObjectTrackerOptions = {}): this {
    frames.link(this.inputTrackerFrame);
    detections.link(this.inputDetections);
    this.#options = options;
    return this;
  }

  /** Only these are followed; by default all. */
  setDetectionLabelsToTrack(labels: readonly number[]): this {
    this.#labels = new Set(labels);
    return this;
  }

  /** Of a frame, only so many are followed: the surest. */
  setMaxObjectsToTrack(count: number): this {
    this.#maxObjects = count;
    return this;
  }

  /** Detections less sure than this are passed over. Default 0: the tracker's own thresholds decide. */
  setTrackerThreshold(confidence: number): this {
    this.#threshold = confidence;
    return this;
  }

  /** Frames that must show a face before it counts as followed. Default 3. */
  setTrackletBirthThreshold(frames: number): this {
    this.#options = { ...this.#options, confirmHits: frames };
    return this;
  }

  override async onStart(): Promise<void> {
    const { recognizer } = this.#options;
    if (recognizer === null) return;
    const pipeline = this.getParentPipeline();
    this.#ownsEmbedder = recognizer === undefined || typeof recognizer === "string";
    this.#embedder =
      recognizer === undefined || typeof recognizer === "string"
        ? await pipeline.getDefaultDevice().loadEmbedder(recognizer, pipeline.signal)
        : recognizer;
  }

  override async onStop(): Promise<void> {
    if (this.#ownsEmbedder) await this.#embedder?.[Symbol.asyncDispose]();
  }

  protected override async run(): Promise<void> {
    const { embedBudget = 2, recognizer: _, ...options } = this.#options;
    const tracker = createTracker(options);
    const cuts = createCutDetector();
    for await (const group of syncInputs(this.#inputs(), { thresholdMs: SAME_FRAME_MS })) {
      const frame = group.get("frame") as ImgFrame;
      const detections = group.get("detections") as ImgDetections;
      const cut = cuts.isCut(frame.getImage());
      const faces = this.#choose(facesIn(detections, frame));
      const looked = faces.map((face) => look(face, frame.getImage(), this.#embedder));
      const observations: Observation[] = looked.map(({ observation }) => observation);
      const wanted = this.#embedder
        ? tracker.wantsEmbeddings(observations, frame.getTimestamp(), { cut, budget: embedBudget })
        : [];
      const crops = wanted.map((i) => looked[i]!.crop).filter((crop) => crop !== null);
      const embeddings = crops.length > 0 ? await this.#embedder!.embed(crops) : [];
      let next = 0;
      for (const i of wanted) {
        if (looked[i]!.crop) observations[i] = { ...observations[i]!, embedding: embeddings[next++]! };
      }
      const tracks = tracker.update(observations, frame.getTimestamp(), { cut });
      await Promise.all([
        this.out.send(this.#toMessage(tracks, faces, frame)),
        this.passthroughTrackerFrame.send(frame),
        this.passthroughDetections.send(detections),
      ]);
    }
  }

  #inputs(): ReadonlyMap<string, Input> {
    const inputs = { frame: this.inputTrackerFrame, detections: this.inputDetections };
    return new Map(Object.entries(inputs) as unknown as [string, Input][]);
  }

  #choose(faces: DetectedFace[]): DetectedFace[] {
    return faces
      .filter(({ score, detection }) => score >= this.#threshold && (this.#labels?.has(detection.label) ?? true))
      .sort((a, b) => b.score - a.score)
      .slice(0, this.#maxObjects);
  }

  #toMessage(tracks: readonly Track[], faces: readonly DetectedFace[], frame: ImgFrame): FaceTracks {
    const [width, height] = [frame.getWidth(), frame.getHeight()];
    const tracklets = tracks.map((track): Tracklet => {
      const [x0, y0, x1, y1] = track.box;
      const known = this.#seen.get(track.id);
      const detection =
        track.observation === null ? (known?.detection ?? new ImgDetection()) : faces[track.observation]!.detection;
      const since = known?.since ?? frame.getSequenceNum();
      this.#seen.set(track.id, { since, detection });
      if (track.state === "removed") this.#seen.delete(track.id);
      return {
        id: track.id,
        label: detection.label,
        age: frame.getSequenceNum() - since,
        status: STATUS[track.state],
        roi: { x: x0 / width, y: y0 / height, width: (x1 - x0) / width, height: (y1 - y0) / height },
        srcImgDetection: detection,
      };
    });
    return new FaceTracks(tracklets, tracks, {}, frame.getTransformation()).setStampsOf(frame);
  }
}

/** A face in the pixels of a frame; landmarks absent where its detection has not five. */
type DetectedFace = Omit<FaceDetection, "landmarks"> & {
  readonly landmarks: Landmarks | null;
  readonly detection: ImgDetection;
};

/** The frame may be another than the one they were found in, of the same source: they become detections of this one. */
function facesIn(detections: ImgDetections, frame: ImgFrame): DetectedFace[] {
  const placer = placeDetections(detections.getTransformation(), frame.getTransformation());
  return detections.detections.map((detection) => {
    const { label, labelName, confidence: score } = detection;
    const [box, points] = [placer.box(detection), placer.points(detection)];
    const landmarks = points.length === 5 ? (points as unknown as Landmarks) : null;
    const face = { box, score, ...(landmarks && { landmarks }) };
    const here = toImgDetection(face, frame.getWidth(), frame.getHeight(), { label, labelName });
    return { box, score, landmarks, detection: here };
  });
}

/** A face as the tracker takes it, and the crop that would be embedded: `null` without landmarks. */
function look(
  { box, score, landmarks }: DetectedFace,
  image: Image,
  embedder: Embedder | null,
): { observation: Observation; crop: Image | null } {
  if (!landmarks) return { observation: { box, score, quality: 0 }, crop: null };
  const { alignment, cropSize } = embedder ?? { alignment: "arcface", cropSize: 112 };
  const crop = cropFace(image, { box, score, landmarks }, alignment, cropSize);
  return { observation: { box, score, landmarks, quality: faceQuality({ landmarks, score, crop }) }, crop };
}
