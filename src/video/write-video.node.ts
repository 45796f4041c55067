import { execFile } from "node:child_process";
import { open, rename, rm } from "node:fs/promises";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { ArcfaceError, expected, throwIfCancelled } from "../errors.ts";
import { fileError } from "../file-error.node.ts";
import type { Image } from "../image/image.ts";
import { chooseEncoder, containerOf, type VideoCodec } from "./encoding.ts";
import { explainFfmpeg } from "./explain-ffmpeg.ts";
import { FfmpegProcess, toolEnvironment } from "./ffmpeg-process.node.ts";
import { findFfmpeg, missingTool } from "./find-ffmpeg.node.ts";

export type VideoWriterOptions = {
  readonly width: number;
  readonly height: number;
  /** Of the file: every frame lasts as long. */
  readonly fps: number;
  /** Default: H.264, else MPEG-4 where ffmpeg lacks libx264; VP9 in .webm. */
  readonly codec?: VideoCodec | undefined;
  /** 0 the smallest file, 1 the best picture; default 0.75. */
  readonly quality?: number;
  readonly signal?: AbortSignal | undefined;
  /** Default: the environment's FFMPEG_PATH, else `ffmpeg` on PATH. */
  readonly ffmpegPath?: string | undefined;
};

/** A video that is being written: `write` each frame, then `end`. Disposing before the end leaves no file. */
export interface VideoWriter extends AsyncDisposable {
  /** Frames in the file so far, repeated ones too. */
  readonly frames: number;
  /**
   * Resolves when the encoder has taken the frame, whose pixels may then change. With `timestampMs` (the first one
   * is the file's beginning) the frame before is repeated over a gap, and a frame too many for `fps` is left out.
   *
   * @throws {ArcfaceError} INVALID_ARGUMENT for another size, NO_SPACE, IO, CLOSED after the end, CANCELLED.
   */
  write(image: Image, options?: { readonly timestampMs?: number }): Promise<void>;
  /** Resolves when the whole file stands under its name. */
  end(): Promise<void>;
}

/**
 * Write frames to `path` (.mp4, .mkv or .webm) with ffmpeg. The file grows as `path.part` and takes its name, and
 * another's place there, when it is whole. 4:2:0 with BT.709's matrix; an odd side grows by a black pixel.
 *
 * @throws {ArcfaceError} INVALID_ARGUMENT for a size, fps or name that cannot be, NOT_FOUND or IO where the folder is not
 *   there or not writable, UNSUPPORTED_FORMAT where ffmpeg lacks the encoder, MISSING_TOOL.
 */
export async function createVideoWriter(
  path: string,
  { width, height, fps, codec, quality = 0.75, signal, ffmpegPath }: VideoWriterOptions,
): Promise<VideoWriter> {
  if (![width, height].every((side) => Number.isInteger(side) && side > 0 && side <= 16384)) {
    throw expected(path, "a width and height of 1 to 16384 whole pixels", `${width}×${height}`);
  }
  if (!(fps > 0 && fps <= 1000)) throw expected(path, "fps above 0, up to 1000", `${fps}`);
  if (!(quality >= 0 && quality <= 1)) throw expected(path, "quality from 0 to 1", `${quality}`);
  const { muxer } = containerOf(path);
  throwIfCancelled(signal, path);
  const { ffmpeg } = await findFfmpeg(ffmpegPath);
  const { stdout } = await promisify(execFile)(ffmpeg, ["-hide_banner", "-encoders"], { env: toolEnvironment() });
  const { encoder, args } = chooseEncoder(path, codec, stdout);
  const part = `${path}.part`;
  try {
    await (await open(part, "w")).close();
  } catch (error) {
    throw fileError(error, path, "writing the video");
  }
  const raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-video_size", `${width}x${height}`, "-framerate", `${fps}`];
  const filter = "pad=ceil(iw/2)*2:ceil(ih/2)*2,scale=out_color_matrix=bt709:out_range=tv,format=yuv420p";
  const colours = ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"];
  const output = [...(muxer === "mp4" ? ["-movflags", "+faststart"] : []), "-f", muxer, "-y", `file:${resolve(part)}`];
  const encode = ["-vf", filter, "-c:v", encoder, ...args(quality), ...colours];
  const run = new FfmpegProcess(ffmpeg, [...raw, "-i", "pipe:0", ...encode, ...output]);
  return new FfmpegWriter(run, { path, part, width, height, fps, signal, ffmpeg });
}

type Plan = {
  readonly path: string;
  readonly part: string;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly signal: AbortSignal | undefined;
  readonly ffmpeg: string;
};

class FfmpegWriter implements VideoWriter {
  readonly #run: FfmpegProcess;
  readonly #plan: Plan;
  readonly #cancel = (): void => void this.#discard();
  /** Writes one after another, in the order of the calls. */
  #tail: Promise<void> = Promise.resolve();
  #frames = 0;
  #firstMs: number | null = null;
  #previous: Image | null = null;
  #end: Promise<void> | null = null;

  constructor(run: FfmpegProcess, plan: Plan) {
    this.#run = run;
    this.#plan = plan;
    plan.signal?.addEventListener("abort", this.#cancel, { once: true });
  }

  get frames(): number {
    return this.#frames;
  }

  write(image: Image, { timestampMs }: { readonly timestampMs?: number } = {}): Promise<void> {
    const { path, width, height } = this.#plan;
    if (this.#end !== null) return Promise.reject(new ArcfaceError("CLOSED", `${path}: written after its end`));
    if (image.width !== width || image.height !== height) {
      return Promise.reject(expected(path, `frames of ${width}×${height}`, `${image.width}×${image.height}`));
    }
    const written = this.#tail.then(() => this.#put(image, timestampMs));
    this.#tail = written.catch(() => {});
    return written;
  }

  end(): Promise<void> {
    this.#end ??= this.#tail.then(() => this.#finish());
    return this.#end;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#end === null) {
      this.#end = Promise.resolve();
      await this.#discard();
    }
    await this.#end.catch(() => {}); // told to whoever called end()
  }

  async #put(image: Image, timestampMs: number | undefined): Promise<void> {
    if (timestampMs !== undefined) {
      this.#firstMs ??= timestampMs - (1000 * this.#frames) / this.#plan.fps;
      const place = Math.round(((timestampMs - this.#firstMs) * this.#plan.fps) / 1000);
      if (place < this.#frames) return;
      while (this.#frames < place) await this.#send(this.#previous ?? image);
    }
    await this.#send(image);
    this.#previous = image;
  }

  async #send({ data }: Image): Promise<void> {
    const failed = await new Promise<unknown>((taken) => this.#run.stdin.write(data, (error) => taken(error ?? null)));
    if (failed !== null) throw await this.#failure();
    this.#frames += 1;
  }

  async #finish(): Promise<void> {
    const { path, part, signal } = this.#plan;
    this.#run.stdin.end();
    const end = await this.#run.ended;
    signal?.removeEventListener("abort", this.#cancel);
    if (end !== 0) throw await this.#failure();
    try {
      if (this.#frames === 0) throw expected(path, "at least one frame before the end", "none");
      await rename(part, path);
    } catch (error) {
      await this.#discard();
      throw fileError(error, path, "writing the video");
    }
  }

  /** Why ffmpeg ended; leaves nothing of the file. */
  async #failure(): Promise<ArcfaceError> {
    const { path, signal, ffmpeg } = this.#plan;
    const end = await this.#run.ended;
    await this.#discard();
    if (signal?.aborted) return new ArcfaceError("CANCELLED", `${path}: cancelled`, { cause: signal.reason });
    if (end instanceof Error) return missingTool(ffmpeg, end);
    return explainFfmpeg(path, this.#run.lines, "IO");
  }

  async #discard(): Promise<void> {
    this.#plan.signal?.removeEventListener("abort", this.#cancel);
    await this.#run.stop();
    await rm(this.#plan.part, { force: true });
  }
}
