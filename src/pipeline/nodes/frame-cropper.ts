import { expected } from "../../errors.ts";
import type { Input } from "../input.ts";
import type { Buffer } from "../messages/buffer.ts";
import { ImageManipConfig, type ResizeMode } from "../messages/image-manip-config.ts";
import { ImgDetections } from "../messages/img-detections.ts";
import { ImgFrame } from "../messages/img-frame.ts";
import { MessageGroup } from "../messages/message-group.ts";
import { RotatedRect } from "../messages/rotated-rect.ts";
import type { Output } from "../output.ts";
import { syncInputs } from "../sync-inputs.ts";
import { ThreadedHostNode } from "../threaded-host-node.ts";
import { placeDetections } from "./detection-in-frame.ts";
import type { FrameSize } from "./frame-source.ts";
import { HELD_FRAMES } from "./held-frames.ts";
import { manipulate } from "./image-manip.ts";

export type FrameCropperOptions = {
  readonly outputSize: FrameSize;
  /** Default CENTER_CROP. */
  readonly resizeMode?: ResizeMode;
  /** Added to each side of the boxes, as a fraction of the frame. Default 0. */
  readonly padding?: number;
  /** Milliseconds that a frame and what was found in it may lie apart, exclusive. Default 10. */
  readonly syncThreshold?: number;
};

/**
 * Cuts out of each frame what was found in it: one frame a detection, in their order, with the detections' stamps.
 * Detections may come from another frame of the same source, as a smaller or letterboxed one: their place is found by
 * way of the transformations. Where a box leaves the frame its crop is black; where nothing was found nothing is sent.
 *
 *     pipeline.create(FrameCropper).fromImgDetections(detector.out, { outputSize: [112, 112] }).build(frames)
 */
export class FrameCropper extends ThreadedHostNode {
  readonly inputImage = this.createInput<ImgFrame>({ name: "inputImage", types: [ImgFrame], ...HELD_FRAMES });
  readonly inputImgDetections = this.createInput<ImgDetections>({ name: "inputImgDetections", types: [ImgDetections] });
  readonly inputManipConfigs = this.createInput<Buffer>({
    name: "inputManipConfigs",
    types: [ImageManipConfig, MessageGroup],
  });
  readonly out = this.createOutput<ImgFrame>({ name: "out", types: [ImgFrame] });
  #options: FrameCropperOptions = { outputSize: [1, 1] };
  #wanted: Input | null = null;
  #thresholdMs = 10;

  override getName(): string {
    return "FrameCropper";
  }

  /** @throws {ArcfaceError} INVALID_ARGUMENT where the size or the padding cannot be. */
  fromImgDetections(detections: Output<ImgDetections>, options: FrameCropperOptions): this {
    const {
      outputSize: [width, height],
      padding = 0,
      syncThreshold = 10,
    } = options;
    new ImageManipConfig().setOutputSize(width, height);
    if (!(padding >= 0)) throw expected("FrameCropper", "a padding of 0 or more", `${padding}`);
    this.#options = options;
    return this.#want(detections, this.inputImgDetections as unknown as Input, syncThreshold);
  }

  /**
   * What to cut is told by configurations rather than detections.
   *
   * @param configs for each frame an ImageManipConfig, or a MessageGroup of them in the order in which they are cut.
   */
  fromManipConfigs(configs: Output<Buffer>, { syncThreshold = 10 }: { readonly syncThreshold?: number } = {}): this {
    return this.#want(configs, this.inputManipConfigs as unknown as Input, syncThreshold);
  }

  build(inputImage: Output<ImgFrame>): this {
    inputImage.link(this.inputImage);
    return this;
  }

  override checkBuilt(): void {
    if (this.#wanted && this.inputImage.isConnected()) return;
    const where = `FrameCropper ${this.id}`;
    if (this.#wanted) throw expected(where, "frames by build", "none");
    throw expected(where, "fromImgDetections or fromManipConfigs to be called", "neither");
  }

  protected override async run(): Promise<void> {
    const inputs = new Map([
      ["image", this.inputImage as unknown as Input],
      ["wanted", this.#wanted!],
    ]);
    for await (const group of syncInputs(inputs, { thresholdMs: this.#thresholdMs })) {
      const [frame, wanted] = [group.get("image") as ImgFrame, group.get("wanted")!];
      for (const config of this.#configs(wanted, frame)) {
        await this.out.send(manipulate(frame, config).setStampsOf(wanted));
      }
    }
  }

  #want(output: Output<Buffer> | Output<ImgDetections>, input: Input, thresholdMs: number): this {
    if (this.#wanted) throw expected("FrameCropper", "one of detections and configurations, once", "another");
    (output as Output<Buffer>).link(input);
    this.#wanted = input;
    this.#thresholdMs = thresholdMs;
    return this;
  }

  #configs(wanted: Buffer, frame: ImgFrame): ImageManipConfig[] {
    if (wanted instanceof ImageManipConfig) return [wanted];
    if (wanted instanceof ImgDetections) return cropsOf(wanted, frame, this.#options);
    const members = wanted instanceof MessageGroup ? [...wanted].map(([, member]) => member) : [wanted];
    return members.map((member) => {
      if (member instanceof ImageManipConfig) return member;
      throw expected("fromManipConfigs", "ImageManipConfig, or groups of them", member.constructor.name);
    });
  }
}

/** How to cut each of the detections out of a frame. */
export function cropsOf(
  detections: ImgDetections,
  frame: ImgFrame,
  { outputSize: [width, height], resizeMode = "CENTER_CROP", padding = 0 }: FrameCropperOptions,
): ImageManipConfig[] {
  const placer = placeDetections(detections.getTransformation(), frame.getTransformation());
  return detections.detections.map((detection) => {
    const { center, size, angle } = detection.getBoundingBox();
    const padded = { width: size.width + 2 * padding, height: size.height + 2 * padding };
    const rect = placer.rect(detection.with({ boundingBox: new RotatedRect(center, padded, angle, true) }));
    return new ImageManipConfig()
      .addCropRotatedRect(new RotatedRect(rect.center, atLeastAPixel(rect.size), rect.angle, false))
      .setOutputSize(width, height, resizeMode);
  });
}

/** A box without area is a crop too: who gathers crops counts detections. */
function atLeastAPixel({ width, height }: { readonly width: number; readonly height: number }) {
  return { width: Math.max(1, width), height: Math.max(1, height) };
}
