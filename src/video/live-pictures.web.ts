import { ArcfaceError, expected } from "../errors.ts";
import { createPixelReader, type Drawable } from "../image/read-pixels.web.ts";
import { type FitOptions, type FrameFit, fitFrame } from "./fit-frame.ts";
import type { FrameStream, VideoFrame } from "./frame-stream.ts";
import { Newest } from "./newest.ts";
import { LiveTimeline } from "./timeline.ts";

/** What a browser has to show at a moment: drawn only where a reader wants it, as reading pixels takes milliseconds. */
export type Picture = {
  readonly drawable: Drawable;
  readonly width: number;
  readonly height: number;
  /** On the source's own clock; `null` where it does not say. */
  readonly timeMs: number | null;
  /** Pictures of the source since the last one that was shown to us; 0 where none was left out. */
  readonly skipped: number;
  /** Lets go of what it holds. */
  close(): void;
};

/** Hands pictures on as they come; `end` where none follows, with an error where the source failed. */
export type PictureSink = { put(picture: Picture): void; end(error?: unknown): void };

export type LivePlan = {
  readonly name: string;
  readonly fps: number | null;
  readonly fit: FitOptions;
  readonly signal: AbortSignal | undefined;
  /** How long the first picture may take. */
  readonly timeoutMs: number;
  /** Starts the source. @returns what stops it, and lets go of it. */
  readonly start: (sink: PictureSink) => () => void;
};

/**
 * Frames of a source that does not wait. All have the size of the first one's.
 *
 * @throws {ArcfaceError} IO where no picture comes in time; CANCELLED; what the source fails with before its first one.
 */
export async function openLivePictures(plan: LivePlan): Promise<FrameStream> {
  const pictures = new LivePictures(plan);
  try {
    await pictures.open(plan.timeoutMs);
    return pictures;
  } catch (error) {
    await pictures[Symbol.asyncDispose]();
    throw error;
  }
}

class LivePictures implements FrameStream {
  readonly live = true;
  readonly #plan: LivePlan;
  readonly #stop: () => void;
  readonly #cancel = (): void => void this[Symbol.asyncDispose]();
  readonly #timeline = new LiveTimeline(performance.now());
  /** Says that there is something to take; what, is `#waiting`, which lets go of what it replaces. */
  readonly #news = new Newest<true>();
  #waiting: (Picture & { readonly sequence: number; readonly arrivedMs: number }) | null = null;
  #fit: FrameFit = { width: 0, height: 0, scaled: { width: 0, height: 0 }, x: 0, y: 0 };
  #read: ReturnType<typeof createPixelReader> | null = null;
  #lastTimeMs = Number.NEGATIVE_INFINITY;
  #sequence = 0;
  #dropped = 0;
  #isRead = false;
  #isEnded = false;
  #isDisposed = false;
  #opened: (() => void) | null = null;

  constructor(plan: LivePlan) {
    this.#plan = plan;
    this.#stop = plan.start({ put: (picture) => this.#put(picture), end: (error) => this.#end(error) });
    plan.signal?.addEventListener("abort", this.#cancel, { once: true });
    if (plan.signal?.aborted) this.#cancel();
  }

  get width(): number {
    return this.#fit.width;
  }

  get height(): number {
    return this.#fit.height;
  }

  get fps(): number | null {
    return this.#plan.fps;
  }

  get name(): string {
    return this.#plan.name;
  }

  get dropped(): number {
    return this.#dropped;
  }

  /** Waits for the first picture, which says the size. */
  async open(timeoutMs: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve) => {
      this.#opened = resolve;
      timer = setTimeout(resolve, timeoutMs);
      if (this.#waiting || this.#isEnded) resolve();
    });
    clearTimeout(timer);
    this.#throwIfCancelled();
    if (this.#waiting === null && this.#isEnded) await this.#news.take(); // throws what it failed with
    if (this.#waiting === null)
      throw new ArcfaceError("IO", `${this.name}: no picture came`, {
        hint: "see whether it is covered, switched off, or held by another program",
      });
    this.#fit = fitFrame(this.#waiting, this.#plan.fit);
    this.#read = createPixelReader(this.#fit.width, this.#fit.height);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<VideoFrame, void, undefined> {
    if (this.#isRead) throw expected(this.name, "one reader", "a second; open it again");
    this.#isRead = true;
    try {
      for (;;) {
        const isMore = await this.#news.take();
        this.#throwIfCancelled();
        if (isMore === null) return;
        const frame = this.#take();
        if (frame) yield frame;
      }
    } finally {
      await this[Symbol.asyncDispose]();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#plan.signal?.removeEventListener("abort", this.#cancel);
    this.#end();
    this.#waiting?.close();
    this.#waiting = null;
    this.#stop();
  }

  #put(picture: Picture): void {
    if (this.#isEnded) {
      picture.close();
      return;
    }
    this.#sequence += picture.skipped;
    this.#dropped += picture.skipped;
    if (this.#waiting) {
      this.#waiting.close();
      this.#dropped += 1;
    }
    this.#waiting = { ...picture, sequence: this.#sequence++, arrivedMs: performance.now() };
    this.#news.put(true);
    this.#opened?.();
  }

  /** What waits may still be taken, so that the source is let go of only by disposing. */
  #end(error: unknown = null): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#news.end(error);
    this.#opened?.();
  }

  /** `null` where it was taken already: two pictures came between the news and this. */
  #take(): VideoFrame | null {
    const picture = this.#waiting;
    if (picture === null) return null;
    this.#waiting = null;
    const { sequence, timeMs, arrivedMs } = picture;
    try {
      // A telephone that is turned gives another shape: the frames keep theirs.
      const { scaled, x, y } = fitFrame(picture, { ...this.#plan.fit, width: this.width, height: this.height });
      const image = this.#read!(picture.drawable, { x, y, ...scaled });
      // A video that begins again.
      if (timeMs !== null && timeMs < this.#lastTimeMs) this.#timeline.restart();
      this.#lastTimeMs = timeMs ?? this.#lastTimeMs;
      return { image, timestampMs: this.#timeline.next(timeMs, arrivedMs), sequence };
    } finally {
      picture.close();
    }
  }

  #throwIfCancelled(): void {
    const { signal } = this.#plan;
    if (signal?.aborted) throw new ArcfaceError("CANCELLED", `${this.name}: cancelled`, { cause: signal.reason });
  }
}
