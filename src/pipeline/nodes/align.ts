import { expected } from "../../errors.ts";
import { homographyOf } from "../../geometry/homography.ts";
import { arcfaceTemplate } from "../../geometry/landmarks.ts";
import { estimateSimilarity } from "../../geometry/similarity.ts";
import type { Landmarks, Point } from "../../geometry/types.ts";
import { alignFace } from "../../image/align.ts";
import type { Input } from "../input.ts";
import type { ImgDetection } from "../messages/img-detection.ts";
import { ImgDetections } from "../messages/img-detections.ts";
import { ImgFrame } from "../messages/img-frame.ts";
import type { Output } from "../output.ts";
import { syncInputs } from "../sync-inputs.ts";
import { ThreadedHostNode } from "../threaded-host-node.ts";
import { placeDetections } from "./detection-in-frame.ts";
import { cropsOf } from "./frame-cropper.ts";
import { HELD_FRAMES } from "./held-frames.ts";
import { manipulate } from "./image-manip.ts";

export type AlignNodeOptions = {
  /** Side of the crops, pixels; see arcfaceTemplate for what sizes other than 112 show. Default 112. */
  readonly size?: number;
  /** Milliseconds that a frame and what was found in it may lie apart, exclusive. Default 10. */
  readonly syncThreshold?: number;
};

/**
 * Our own: warps every face that was found into the crop that recognition networks are trained on (alignFace), one
 * frame a detection, in their order, with the detections' stamps. The frames may be larger than those that the faces
 * were found in, or cut otherwise, if they are of the same source.
 *
 * Every detection needs five keypoints; one without ends the pipeline, since the network that found it gives none to
 * any. Where the five are one point, which no face has, the box about it is cut out instead.
 */
export class Align extends ThreadedHostNode {
  readonly inputImage = this.createInput<ImgFrame>({ name: "inputImage", types: [ImgFrame], ...HELD_FRAMES });
  readonly inputDetections = this.createInput<ImgDetections>({ name: "inputDetections", types: [ImgDetections] });
  readonly out = this.createOutput<ImgFrame>({ name: "out", types: [ImgFrame] });
  #size = 112;
  #thresholdMs = 10;

  override getName(): string {
    return "Align";
  }

  /** @throws {ArcfaceError} INVALID_ARGUMENT where the size is not a positive whole number. */
  build(
    frames: Output<ImgFrame>,
    detections: Output<ImgDetections>,
    { size = 112, syncThreshold = 10 }: AlignNodeOptions = {},
  ): this {
    arcfaceTemplate(size);
    this.#size = size;
    this.#thresholdMs = syncThreshold;
    frames.link(this.inputImage);
    detections.link(this.inputDetections);
    return this;
  }

  override checkBuilt(): void {
    for (const input of [this.inputImage, this.inputDetections] as readonly {
      isConnected(): boolean;
      name: string;
    }[]) {
      if (!input.isConnected()) throw expected(`Align ${this.id}`, `a link to ${input.name}`, "none");
    }
  }

  protected override async run(): Promise<void> {
    const inputs = new Map([
      ["image", this.inputImage as unknown as Input],
      ["detections", this.inputDetections as unknown as Input],
    ]);
    for await (const group of syncInputs(inputs, { thresholdMs: this.#thresholdMs })) {
      const [frame, detections] = [group.get("image") as ImgFrame, group.get("detections") as ImgDetections];
      for (const crop of alignDetections(frame, detections, this.#size)) await this.out.send(crop);
    }
  }
}

/** The aligned crops, made one after the other as they are asked for. @throws {ArcfaceError} as Align says. */
export function* alignDetections(frame: ImgFrame, detections: ImgDetections, size: number): Generator<ImgFrame> {
  const placer = placeDetections(detections.getTransformation(), frame.getTransformation());
  for (const detection of detections.detections) {
    const points = placer.points(detection);
    const landmarks = asLandmarks(points);
    const crop = areOne(points) ? cutBox(frame, detections, detection, size) : alignedCrop(frame, landmarks, size);
    yield crop.setStampsOf(detections);
  }
}

function alignedCrop(frame: ImgFrame, landmarks: Landmarks, size: number): ImgFrame {
  const toCrop = homographyOf(estimateSimilarity(landmarks, arcfaceTemplate(size)));
  const transformation = frame.getTransformation().followedBy(toCrop, size, size);
  return ImgFrame.fromImage(alignFace(frame.getImage(), landmarks, { size }), {}, { transformation });
}

function cutBox(frame: ImgFrame, all: ImgDetections, detection: ImgDetection, size: number): ImgFrame {
  const one = new ImgDetections([detection], {}, all.getTransformation());
  const [config] = cropsOf(one, frame, { outputSize: [size, size] });
  return manipulate(frame, config!.setFrameType("RGB888i"));
}

function asLandmarks(points: readonly Point[]): Landmarks {
  const [leftEye, rightEye, nose, mouthLeft, mouthRight] = points;
  if (points.length === 5) return [leftEye!, rightEye!, nose!, mouthLeft!, mouthRight!];
  throw expected(
    "detections",
    "five keypoints of each",
    `${points.length}`,
    "use a detector that gives landmarks, or FrameCropper, which needs boxes only",
  );
}

function areOne(points: readonly Point[]): boolean {
  const [x, y] = points[0] ?? [0, 0];
  return points.every((point) => Math.hypot(point[0] - x, point[1] - y) < 1e-3);
}
