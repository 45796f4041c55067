import { ArcfaceError, expected } from "../../errors.ts";
import { invertHomography } from "../../geometry/homography.ts";
import { asPixelType } from "../../image/pixel-types.ts";
import { warpPerspective } from "../../image/warp-perspective.ts";
import { ImageManipConfig } from "../messages/image-manip-config.ts";
import { ImgFrame } from "../messages/img-frame.ts";
import { ThreadedHostNode } from "../threaded-host-node.ts";
import { planManip } from "./image-manip-plan.ts";

/**
 * Crops, scales and turns pictures. Every picture is treated by the configuration that came last; or, with
 * `inputConfig.setWaitForMessage(true)`, every configuration is waited for and makes one output, of the next picture or
 * the one before once more.
 */
export class ImageManip extends ThreadedHostNode {
  /** Holds until a configuration comes. */
  readonly initialConfig: ImageManipConfig = new ImageManipConfig();
  readonly inputImage = this.createInput<ImgFrame>({ name: "inputImage", types: [ImgFrame] });
  readonly inputConfig = this.createInput<ImageManipConfig>({ name: "inputConfig", types: [ImageManipConfig] });
  readonly out = this.createOutput<ImgFrame>({ name: "out", types: [ImgFrame] });
  #maxOutputFrameSize = Infinity;
  #config: ImageManipConfig = this.initialConfig;
  #image: ImgFrame | null = null;

  override getName(): string {
    return "ImageManip";
  }

  /** @param bytes a larger output ends the pipeline with TOO_LARGE. Default: no bound. */
  setMaxOutputFrameSize(bytes: number): this {
    if (!(bytes > 0)) throw expected("ImageManip: setMaxOutputFrameSize", "bytes above 0", `${bytes}`);
    this.#maxOutputFrameSize = bytes;
    return this;
  }

  /** DepthAI's frames come out of pools of fixed size; here memory is the queues', and the number has no effect. */
  setNumFramesPool(frames: number): this {
    if (!(Number.isInteger(frames) && frames > 0)) {
      throw expected("ImageManip: setNumFramesPool", "a number of frames", `${frames}`);
    }
    return this;
  }

  override checkBuilt(): void {
    if (!this.inputImage.isConnected()) throw expected(`ImageManip ${this.id}`, "a link to inputImage", "none");
    if (this.inputConfig.getWaitForMessage() && !this.inputConfig.isConnected()) {
      throw expected(`ImageManip ${this.id}`, "a link to inputConfig, which is waited for", "none");
    }
  }

  protected override async run(): Promise<void> {
    while (this.mainLoop()) {
      const image = this.inputConfig.getWaitForMessage() ? await this.#nextByConfig() : await this.#nextByImage();
      if (image) await this.out.send(this.#manipulate(image));
    }
  }

  /** @returns `null` where the configuration says to skip. */
  async #nextByConfig(): Promise<ImgFrame | null> {
    this.#config = await this.inputConfig.get();
    if (this.#image && this.#config.getReusePreviousImage()) return this.#image;
    this.#image = await this.inputImage.get();
    return this.#config.getSkipCurrentImage() ? null : this.#image;
  }

  async #nextByImage(): Promise<ImgFrame> {
    const image = await this.inputImage.get();
    // Where the source of configurations has ended, the last one holds on.
    if (this.inputConfig.has()) this.#config = this.inputConfig.tryGet() ?? this.#config;
    return image;
  }

  #manipulate(frame: ImgFrame): ImgFrame {
    const out = manipulate(frame, this.#config);
    const size = out.getData().length;
    if (size <= this.#maxOutputFrameSize) return out;
    throw new ArcfaceError(
      "TOO_LARGE",
      `expected an output of ${this.#maxOutputFrameSize} bytes at most, got ${size}, ${out.getWidth()}×${out.getHeight()}`,
      { hint: "setMaxOutputFrameSize raises the bound" },
    );
  }
}

/**
 * A frame by a configuration; it keeps the frame's stamps, and its transformation goes on.
 *
 * @throws {ArcfaceError} INVALID_ARGUMENT where the configuration flattens the picture; UNSUPPORTED_FORMAT where the
 * frame's pixels are of a kind that is not converted.
 */
export function manipulate(frame: ImgFrame, config: ImageManipConfig): ImgFrame {
  const { matrix, width, height, within } = planManip(config, frame.getWidth(), frame.getHeight());
  const background = config.getBackgroundColor();
  const image = warpPerspective(frame.getImage(), invertHomography(matrix), width, height, { background, within });
  const type = config.getFrameType() ?? asPixelType("ImageManip", frame.getType());
  const transformation = frame.getTransformation().followedBy(matrix, width, height);
  return ImgFrame.fromImage(image, {}, { type, transformation }).setStampsOf(frame);
}
