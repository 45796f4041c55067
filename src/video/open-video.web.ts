import { ArcfaceError, expected, throwIfCancelled } from "../errors.ts";
import { createPixelReader } from "../image/read-pixels.web.ts";
import { type FitOptions, fitFrame } from "./fit-frame.ts";
import type { FrameStream, VideoFrame } from "./frame-stream.ts";
import { openLivePictures } from "./live-pictures.web.ts";
import { createVideoElement, playElement, videoError } from "./play-element.web.ts";

export type WebVideoOptions = FitOptions & {
  /**
   * So many frames of each second, evenly spaced, by seeking: it waits for the reader, and no frame is lost. Default:
   * it plays at its own pace and the newest frame wins, as browsers do not tell what frames a video has.
   */
  readonly fps?: number | undefined;
  /** Begin again at the end, for ever. */
  readonly loop?: boolean;
  /** How long it may take to begin. Default 10 000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
};

/**
 * Frames of a video that the browser plays: an address, a file that a person chose, or an element of the page, which is
 * then ours until the stream ends. Upright, RGB as the browser has it.
 *
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT where the browser does not play it (or it is not there: browsers do not tell
 *   which), NETWORK, IO, MISSING_TOOL in a worker, INVALID_ARGUMENT, CANCELLED.
 */
export async function openVideo(
  source: string | Blob | HTMLVideoElement,
  { fps, loop = false, timeoutMs = 10_000, signal, ...fit }: WebVideoOptions = {},
): Promise<FrameStream> {
  const { video, name, release } = await attach(source);
  try {
    throwIfCancelled(signal, name);
    if (fps !== undefined && !(fps > 0 && fps < Number.POSITIVE_INFINITY))
      throw expected(name, "fps above 0", `${fps}`);
    video.loop = loop;
    if (fps !== undefined) {
      await loaded(video, name, timeoutMs, signal);
      return new SeekedVideo({ video, name, fps, loop, fit, timeoutMs, signal, release });
    }
    return await openLivePictures({
      name,
      fps: null,
      fit,
      signal,
      timeoutMs,
      start: (sink) => {
        const stop = playElement(video, name, sink);
        return () => {
          stop();
          release();
        };
      },
    });
  } catch (error) {
    release();
    throw error;
  }
}

type Attached = { readonly video: HTMLVideoElement; readonly name: string; readonly release: () => void };

async function attach(source: string | Blob | HTMLVideoElement): Promise<Attached> {
  if (typeof source === "object" && !(source instanceof Blob))
    return { video: source, name: source.currentSrc || "video", release: () => source.pause() };
  const name = typeof source === "string" ? source : ((source as Partial<File>).name ?? "video");
  const video = createVideoElement(name);
  const url = typeof source === "string" ? source : URL.createObjectURL(source);
  // Another server's pixels may be read only where it says so; without this they could be shown and never read.
  video.crossOrigin = "anonymous";
  video.preload = "auto";
  video.src = url;
  const release = (): void => {
    video.removeAttribute("src");
    video.load();
    if (typeof source !== "string") URL.revokeObjectURL(url);
  };
  return { video, name, release };
}

type SeekPlan = Attached & {
  readonly fps: number;
  readonly loop: boolean;
  readonly fit: FitOptions;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
};

/** Frame k shows what the video shows at (k + ½)/fps, so that a video of that rate gives each of its frames once. */
class SeekedVideo implements FrameStream {
  readonly live = false;
  readonly dropped = 0;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly name: string;
  readonly #plan: SeekPlan;
  readonly #stopping = new AbortController();
  #isRead = false;

  constructor(plan: SeekPlan) {
    this.#plan = plan;
    this.fps = plan.fps;
    this.name = plan.name;
    const { width, height } = this.#fit();
    [this.width, this.height] = [width, height];
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<VideoFrame, void, undefined> {
    const { video, fps, loop, signal, timeoutMs } = this.#plan;
    if (this.#isRead) throw expected(this.name, "one reader", "a second; open the video again");
    this.#isRead = true;
    const stopped = signal ? AbortSignal.any([signal, this.#stopping.signal]) : this.#stopping.signal;
    const read = createPixelReader(this.width, this.height);
    const { scaled, x, y } = this.#fit();
    const frames = Math.max(1, Math.round(video.duration * fps));
    try {
      for (let sequence = 0; loop || sequence < frames; sequence++) {
        const seeked = happens(video, "seeked", this.name, timeoutMs, stopped);
        video.currentTime = Math.min(video.duration, ((sequence % frames) + 0.5) / fps);
        await seeked;
        yield { image: read(video, { x, y, ...scaled }), timestampMs: (1000 * sequence) / fps, sequence };
      }
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      throw error;
    } finally {
      await this[Symbol.asyncDispose]();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    this.#stopping.abort();
    this.#plan.release();
  }

  #fit() {
    const { video, fit } = this.#plan;
    return fitFrame({ width: video.videoWidth, height: video.videoHeight }, fit);
  }
}

async function loaded(
  video: HTMLVideoElement,
  name: string,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (video.error) throw videoError(video, name);
  if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA)
    await happens(video, "loadeddata", name, timeoutMs, signal);
  if (!Number.isFinite(video.duration))
    throw new ArcfaceError("UNSUPPORTED_FORMAT", `${name}: expected a video that says how long it is`, {
      hint: "it plays at its own pace where fps is left out",
    });
}

/** @throws {ArcfaceError} as videoError; IO where it does not happen in time; CANCELLED. */
function happens(
  video: HTMLVideoElement,
  event: "seeked" | "loadeddata",
  name: string,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    const heard = new AbortController();
    const settle = (error?: ArcfaceError): void => {
      heard.abort();
      clearTimeout(timer);
      if (error) reject(error);
      else resolve();
    };
    const options = { signal: heard.signal };
    const timer = setTimeout(
      () => settle(new ArcfaceError("IO", `${name}: nothing came in ${timeoutMs / 1000} s`)),
      timeoutMs,
    );
    const cancelled = () => settle(new ArcfaceError("CANCELLED", `${name}: cancelled`, { cause: signal?.reason }));
    video.addEventListener(event, () => settle(), options);
    video.addEventListener("error", () => settle(videoError(video, name)), options);
    signal?.addEventListener("abort", cancelled, options);
    if (signal?.aborted) cancelled();
  });
}
