import { ArcfaceError, expected } from "../../errors.ts";
import type { PixelType } from "../../image/pixel-types.ts";
import { ImgFrame } from "../messages/img-frame.ts";
import type { Output } from "../output.ts";
import { ThreadedHostNode } from "../threaded-host-node.ts";
import { FrameOutputs } from "./frame-outputs.ts";
import { FrameReader } from "./frame-reader.ts";
import type { CameraResizeMode, FrameSize, FrameSource } from "./frame-source.ts";

/**
 * Frames of a video file. None is lost: it waits for whoever takes them. Its end is the end of its outputs, so that the
 * pipeline ends by itself once the last frame has gone its way. Timestamps are the file's, from when it was opened.
 */
export class ReplayVideo extends ThreadedHostNode implements FrameSource {
  readonly out: Output<ImgFrame> = this.createOutput<ImgFrame>({ name: "out", types: [ImgFrame] });
  readonly #requested = new FrameOutputs((name) => this.createOutput({ name, group: "outputs", types: [ImgFrame] }));
  #file: string | null = null;
  #type: PixelType = "RGB888i";
  #size: FrameSize | null = null;
  #fps: number | null = null;
  #loop = false;
  #realTime = false;
  #reader: FrameReader | null = null;

  override getName(): string {
    return "ReplayVideo";
  }

  /** @param source a path, an address or a test pattern, as the device's openVideo takes them. */
  setReplayVideoFile(source: string): this {
    this.#file = source;
    return this;
  }

  getReplayVideoFile(): string | null {
    return this.#file;
  }

  /** @throws {ArcfaceError} UNSUPPORTED_FORMAT: stamps are the video's own. */
  setReplayMetadataFile(file: string): never {
    throw new ArcfaceError("UNSUPPORTED_FORMAT", `ReplayVideo: metadata files are not read, got ${file}`, {
      hint: "leave it out: timestamps are the video's own",
    });
  }

  /** Of `out`. Default RGB888i. */
  setOutFrameType(type: PixelType): this {
    this.#type = type;
    return this;
  }

  getOutFrameType(): PixelType {
    return this.#type;
  }

  /** Frames are stretched to this as they are read, for all outputs. Default: the video's own size. */
  setSize(size: FrameSize): this;
  setSize(width: number, height: number): this;
  setSize(size: FrameSize | number, height?: number): this {
    const [w, h] = typeof size === "number" ? [size, height!] : size;
    if (!(Number.isInteger(w) && Number.isInteger(h) && w > 0 && h > 0)) {
      throw expected("ReplayVideo: setSize", "whole numbers of pixels", `${w}×${h}`);
    }
    this.#size = [w, h];
    return this;
  }

  getSize(): FrameSize | null {
    return this.#size;
  }

  /** Frames a second, evenly spaced, by leaving out and repeating. Default: those that the video has. */
  setFps(fps: number): this {
    if (!(fps > 0 && fps < Infinity)) throw expected("ReplayVideo: setFps", "fps above 0", `${fps}`);
    this.#fps = fps;
    return this;
  }

  getFps(): number | null {
    return this.#fps;
  }

  /** From the start again after the end, for ever, timestamps growing on. Default false. */
  setLoop(loop: boolean): this {
    this.#loop = loop;
    return this;
  }

  getLoop(): boolean {
    return this.#loop;
  }

  /** Our own: no faster than the video plays. Default false: as fast as frames are taken. */
  setRealTime(realTime: boolean): this {
    this.#realTime = realTime;
    return this;
  }

  getRealTime(): boolean {
    return this.#realTime;
  }

  /** Our own: as a camera's, of the frames as they are read (see setSize). */
  requestOutput(size: FrameSize, type?: PixelType, resizeMode?: CameraResizeMode, fps?: number): Output<ImgFrame> {
    return this.#requested.request({ size, type, resizeMode, fps });
  }

  /** Our own: frames as they are read. */
  requestFullResolutionOutput(type?: PixelType, fps?: number): Output<ImgFrame> {
    return this.#requested.request({ type, fps });
  }

  override checkBuilt(): void {
    if (this.#file === null) throw expected(`ReplayVideo ${this.id}`, "a video by setReplayVideoFile", "none");
  }

  override async onStart(): Promise<void> {
    const home = this.getParentPipeline();
    const [width, height] = this.#size ?? [];
    const request = {
      ...(width && height && { width, height, resize: "stretch" as const }),
      ...(this.#fps && { fps: this.#fps }),
      loop: this.#loop,
    };
    this.#reader = new FrameReader(await home.getDefaultDevice().openVideo(this.#file!, request, home.signal), home);
  }

  protected override async run(): Promise<void> {
    for await (const frame of this.#reader!.read(this.#realTime)) {
      await this.out.send(asType(frame, this.#type));
      await this.#requested.send(frame);
    }
  }

  override async onStop(): Promise<void> {
    await this.#reader?.[Symbol.asyncDispose]();
  }
}

function asType(frame: ImgFrame, type: PixelType): ImgFrame {
  return frame.getType() === type ? frame : ImgFrame.fromImage(frame.getImage(), {}, { type }).setStampsOf(frame);
}
