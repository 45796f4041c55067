import { expected } from "../../errors.ts";
import type { PixelType } from "../../image/pixel-types.ts";
import { ImgFrame } from "../messages/img-frame.ts";
import type { Output } from "../output.ts";
import { ThreadedHostNode } from "../threaded-host-node.ts";
import { FrameOutputs } from "./frame-outputs.ts";
import { FrameReader } from "./frame-reader.ts";
import type { CameraResizeMode, FrameSize, FrameSource } from "./frame-source.ts";
import type { ReplayVideo } from "./replay-video.ts";

export type CameraOptions = {
  /** Which of several, as the pipeline's device names them: `/dev/video0`, an address, a browser's device id. */
  readonly device?: string;
  /** What the camera is asked for; it may give another. */
  readonly sensorResolution?: FrameSize;
  readonly sensorFps?: number;
};

/**
 * A camera of the pipeline's device, or a replay in its place. Every output has all frames, in the size asked for, with
 * the way back to the sensor's frame in their transformation.
 *
 * The newest frame wins: what comes while the outputs' takers are busy is dropped and counted.
 */
export class Camera extends ThreadedHostNode implements FrameSource {
  /** Frames in place of the camera's. */
  readonly mockIsp = this.createInput<ImgFrame>({ name: "mockIsp", types: [ImgFrame] });
  readonly #outputs = new FrameOutputs((name) =>
    this.createOutput({ name, group: "dynamicOutputs", types: [ImgFrame] }),
  );
  #options: CameraOptions = {};
  #reader: FrameReader | null = null;

  override getName(): string {
    return "Camera";
  }

  /** @param from a camera, by default the device's first; or a replay, which then is the camera. */
  build(from: CameraOptions | string | ReplayVideo = {}): this {
    if (typeof from === "string") this.#options = { device: from };
    else if ("out" in from) from.out.link(this.mockIsp);
    else this.#options = from;
    return this;
  }

  requestOutput(size: FrameSize, type?: PixelType, resizeMode?: CameraResizeMode, fps?: number): Output<ImgFrame> {
    return this.#outputs.request({ size, type, resizeMode, fps });
  }

  /** Frames as the sensor gives them. */
  requestFullResolutionOutput(type?: PixelType, fps?: number): Output<ImgFrame> {
    return this.#outputs.request({ type, fps });
  }

  /** Frames lost so far because the outputs' takers were busy. */
  getDroppedFrames(): number {
    return this.#reader?.dropped ?? 0;
  }

  override checkBuilt(): void {
    if (this.#outputs.count > 0) return;
    throw expected(
      `Camera ${this.id}`,
      "an output to be asked for",
      "none",
      "camera.requestOutput([640, 640]) makes one",
    );
  }

  override async onStart(): Promise<void> {
    if (this.mockIsp.isConnected()) return;
    const home = this.getParentPipeline();
    const { device, sensorResolution: [width, height] = [], sensorFps: fps } = this.#options;
    const request = { ...(width && { width }), ...(height && { height }), ...(fps && { fps }) };
    this.#reader = new FrameReader(await home.getDefaultDevice().openCamera(device, request, home.signal), home);
  }

  protected override async run(): Promise<void> {
    if (this.#reader) for await (const frame of this.#reader.read()) await this.#outputs.send(frame);
    else while (this.mainLoop()) await this.#outputs.send(await this.mockIsp.get());
  }

  override async onStop(): Promise<void> {
    await this.#reader?.[Symbol.asyncDispose]();
  }
}
