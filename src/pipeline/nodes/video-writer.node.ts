import { expected } from "../../errors.ts";
import { drawSvg } from "../../host/rasterize.node.ts";
import { drawMarks } from "../../image/draw-marks.ts";
import { createGlyphs } from "../../image/glyphs.ts";
import type { Image } from "../../image/image.ts";
import {
  createVideoWriter,
  type VideoWriter as FileWriter,
  type VideoWriterOptions as FileWriterOptions,
} from "../../video/write-video.node.ts";
import { ImgDetections } from "../messages/img-detections.ts";
import { ImgFrame } from "../messages/img-frame.ts";
import { Tracklets } from "../messages/tracklets.ts";
import type { Output } from "../output.ts";
import { QueueException } from "../queue-exception.ts";
import { ThreadedHostNode } from "../threaded-host-node.ts";
import { HELD_FRAMES } from "./held-frames.ts";
import { createDescribe, type DescribeDetection, marksOf } from "./marks-of.ts";

export type VideoWriterNodeOptions = Pick<FileWriterOptions, "codec" | "quality" | "ffmpegPath"> & {
  /** Of the file; frames are repeated and left out by their timestamps. Default 25. */
  readonly fps?: number;
  /** What to draw in. */
  readonly detections?: Output<ImgDetections> | Output<Tracklets>;
  /** What is written at each detection. Default: labelName and confidence; of a tracklet its number. */
  readonly describe?: DescribeDetection;
};

type Found = ImgDetections | Tracklets;

/** Frames and what was found in them belong together where they lie closer than this. */
const SAME_MS = 5;
/** How long what was found is drawn into frames that nobody looked at. */
const STALE_MS = 500;

/**
 * Our own: writes frames into a video file (.mp4, .mkv, .webm), with boxes, landmarks and labels of what was found drawn
 * in. Every frame is written, those that nobody looked at with what was last found, for half a second; each is held
 * until what was found in it, or in a later one, is known.
 *
 * The file takes its name when the stream ends or the pipeline stops, and then holds what was written so far.
 */
export class VideoWriter extends ThreadedHostNode {
  readonly inputImage = this.createInput<ImgFrame>({ name: "inputImage", types: [ImgFrame] });
  readonly inputDetections = this.createInput<Found>({ name: "inputDetections", types: [ImgDetections, Tracklets] });
  readonly #glyphs = createGlyphs(drawSvg);
  #file: string | null = null;
  #options: VideoWriterNodeOptions = {};
  #describe: DescribeDetection = createDescribe();
  #writer: FileWriter | null = null;
  #found: Found | null = null;
  #next: Found | null = null;
  #foundAll = false;

  override getName(): string {
    return "VideoWriter";
  }

  build(frames: Output<ImgFrame>, file: string, options: VideoWriterNodeOptions = {}): this {
    this.#file = file;
    this.#options = options;
    this.#describe = options.describe ?? this.#describe;
    frames.link(this.inputImage);
    if (!options.detections) return this;
    (options.detections as Output<Found>).link(this.inputDetections);
    this.inputImage.setBlocking(HELD_FRAMES.blocking).setMaxSize(HELD_FRAMES.queueSize);
    return this;
  }

  /** Frames in the file so far, repeated ones too. */
  getWrittenFrames(): number {
    return this.#writer?.frames ?? 0;
  }

  override checkBuilt(): void {
    if (this.#file === null) throw expected(`VideoWriter ${this.id}`, "a file by build", "none");
  }

  protected override async run(): Promise<void> {
    try {
      while (this.mainLoop()) await this.#write(await this.inputImage.get());
    } catch (error) {
      if (!(error instanceof QueueException)) throw error;
    }
    await this.#writer?.end();
  }

  /** A file that was not ended is not kept: its encoder failed, or never began. */
  override async onStop(): Promise<void> {
    await this.#writer?.[Symbol.asyncDispose]();
  }

  async #write(frame: ImgFrame): Promise<void> {
    const image = await this.#annotate(frame);
    this.#writer ??= await this.#open(image);
    await this.#writer.write(image, { timestampMs: frame.getTimestamp() });
  }

  #open({ width, height }: Image): Promise<FileWriter> {
    const { fps = 25, codec, quality, ffmpegPath } = this.#options;
    const options = { width, height, fps, codec, ffmpegPath, ...(quality !== undefined && { quality }) };
    return createVideoWriter(this.#file!, options);
  }

  async #annotate(frame: ImgFrame): Promise<Image> {
    const found = this.#options.detections ? await this.#foundIn(frame) : null;
    const marks = found ? marksOf(found, frame, this.#describe) : [];
    return marks.length === 0 ? frame.getImage() : drawMarks(frame.getImage(), marks, this.#glyphs);
  }

  /** What was found in this frame, else in one shortly before. */
  async #foundIn(frame: ImgFrame): Promise<Found | null> {
    const time = frame.getTimestamp();
    const since = (found: Found | null) => (found ? time - found.getTimestamp() : Infinity);
    while (Math.abs(since(this.#found)) >= SAME_MS) {
      this.#next ??= await this.#nextFound();
      if (!this.#next || since(this.#next) <= -SAME_MS) break; // none, or of a later frame
      this.#found = this.#next;
      this.#next = null;
    }
    return since(this.#found) < STALE_MS ? this.#found : null;
  }

  /** `null` where no more will come. */
  async #nextFound(): Promise<Found | null> {
    if (this.#foundAll) return null;
    try {
      return await this.inputDetections.get();
    } catch (error) {
      if (!(error instanceof QueueException)) throw error;
      this.#foundAll = true;
      return null;
    }
  }
}
