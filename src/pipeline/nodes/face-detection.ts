import type { DetectOptions, FaceDetector } from "../../detect/face-detector.ts";
import { expected } from "../../errors.ts";
import type { FaceDetection as Found } from "../../geometry/detection.ts";
import type { Box } from "../../geometry/types.ts";
import { InOrder, runInOrder } from "../in-order.ts";
import { ImgDetections, toImgDetection } from "../messages/img-detections.ts";
import { ImgFrame } from "../messages/img-frame.ts";
import { ThreadedHostNode } from "../threaded-host-node.ts";
import { type FrameInput, framesFor } from "./frame-input.ts";

export type FaceDetectionOptions = Omit<DetectOptions, "near" | "frame" | "signal"> & {
  /** A detector's slug. Default: the library's. */
  readonly model?: string;
  /** Frames a second that a camera or replay is asked for. Default: its own. */
  readonly fps?: number;
  /** Frames that are looked at at once. Default 2. */
  readonly inFlight?: number;
  /**
   * Make use of the frames being a moving picture: look again where faces were `inFlight` frames before, and spread the
   * search for small faces over frames. A new small face is then found some frames later. Default false.
   */
  readonly moving?: boolean;
};

/**
 * A detector of the library as a node: faces with five keypoints, label 0, "face". It takes frames of any size; they
 * are given as they are to `passthrough`, together with what was found in them. Several frames are looked at at once;
 * answers leave in the frames' order.
 */
export class FaceDetection extends ThreadedHostNode {
  readonly input = this.createInput<ImgFrame>({ name: "input", types: [ImgFrame] });
  readonly out = this.createOutput<ImgDetections>({ name: "out", types: [ImgDetections] });
  readonly passthrough = this.createOutput<ImgFrame>({ name: "passthrough", types: [ImgFrame] });
  #model: string | undefined;
  #inFlight = 2;
  #moving = false;
  #options: DetectOptions = {};
  #detector: FaceDetector | null = null;

  override getName(): string {
    return "FaceDetection";
  }

  /** @param input a camera or replay is asked for its frames as they are. */
  build(input: FrameInput, { model, fps, inFlight = 2, moving = false, ...options }: FaceDetectionOptions = {}): this {
    if (!(Number.isInteger(inFlight) && inFlight > 0)) {
      throw expected("FaceDetection", "inFlight of 1 or more frames", `${inFlight}`);
    }
    this.#model = model;
    this.#inFlight = inFlight;
    this.#moving = moving;
    this.#options = options;
    framesFor(input, null, fps === undefined ? {} : { fps }).link(this.input);
    return this;
  }

  override checkBuilt(): void {
    if (!this.input.isConnected()) throw expected(`FaceDetection ${this.id}`, "an output linked to its input", "none");
  }

  override async onStart(): Promise<void> {
    const pipeline = this.getParentPipeline();
    this.#detector = await pipeline.getDefaultDevice().loadDetector(this.#model, pipeline.signal);
  }

  override async onStop(): Promise<void> {
    await this.#detector?.[Symbol.asyncDispose]();
  }

  protected override async run(): Promise<void> {
    const { activity, signal } = this.getParentPipeline();
    const detector = this.#detector!;
    const work = new InOrder(this.#inFlight, activity);
    /** Where faces were, by the frame's number modulo `inFlight`: a frame has room once the one so many before is done. */
    const places: (readonly Box[])[] = [];
    let count = 0;
    await runInOrder(work, async () => {
      const frame = await this.input.get();
      const number = count++;
      const place = number % this.#inFlight;
      const moving = this.#moving ? { near: places[place] ?? [], frame: number } : {};
      const found = detector.detect(frame.getImage(), { ...this.#options, ...moving, signal });
      work.add(found, async (faces) => {
        places[place] = faces.map(({ box }) => box);
        await Promise.all([this.out.send(toMessage(faces, frame)), this.passthrough.send(frame)]);
      });
    });
  }
}

function toMessage(faces: readonly Found[], frame: ImgFrame): ImgDetections {
  const detections = faces.map((face) =>
    toImgDetection(face, frame.getWidth(), frame.getHeight(), { labelName: "face" }),
  );
  return new ImgDetections(detections, {}, frame.getTransformation()).setStampsOf(frame);
}
