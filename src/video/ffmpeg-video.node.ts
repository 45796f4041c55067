import { setTimeout as sleep } from "node:timers/promises";
import { ArcfaceError, type ErrorCode, expected } from "../errors.ts";
import { explainFfmpeg, isCutOff } from "./explain-ffmpeg.ts";
import { FfmpegProcess } from "./ffmpeg-process.node.ts";
import { missingTool } from "./find-ffmpeg.node.ts";
import type { FrameStream, VideoFrame } from "./frame-stream.ts";
import { Newest } from "./newest.ts";
import { readFrames, type TimedImage } from "./read-frames.node.ts";
import { FileTimeline, LiveTimeline } from "./timeline.ts";

/** What happens to a live source: `connected` at its first picture, and again after each loss. */
export type VideoEvent =
  | { readonly type: "connected" }
  | { readonly type: "lost"; readonly error: ArcfaceError }
  | { readonly type: "reconnecting"; readonly attempt: number; readonly delayMs: number };

export type ReconnectOptions = {
  /** Attempts without a picture before it gives up with NETWORK; default 10, some 50 s. */
  readonly attempts?: number;
  /** The wait before the first attempt, which doubles with each; default 500. */
  readonly delayMs?: number;
  /** The longest wait; default 8000. */
  readonly maxDelayMs?: number;
};

export type FfmpegVideoPlan = {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly fps: number | null;
  readonly live: boolean;
  readonly ffmpeg: string;
  readonly args: readonly string[];
  /** Whether ffmpeg's warnings about the end of the bytes are to be believed. */
  readonly noticesCut: boolean;
  /** The code of a failure that nobody knows. */
  readonly otherwise: ErrorCode;
  readonly silenceMs: number | null;
  readonly loop: boolean;
  readonly realtime: boolean;
  /** Null: a loss is the end. */
  readonly reconnect: ReconnectOptions | null;
  readonly onEvent: (event: VideoEvent) => void;
  readonly signal: AbortSignal | undefined;
};

/** Frames out of ffmpeg: one run after another of the same command, of which at most one lives. */
export class FfmpegVideo implements FrameStream {
  readonly #plan: FfmpegVideoPlan;
  readonly #stopping = new AbortController();
  readonly #newest = new Newest<VideoFrame>();
  readonly #cancel = (): void => void this.#stop();
  #run: FfmpegProcess | null = null;
  #sequence = 0;
  #isRead = false;

  constructor(plan: FfmpegVideoPlan) {
    this.#plan = plan;
    plan.signal?.addEventListener("abort", this.#cancel, { once: true });
    if (plan.signal?.aborted) this.#cancel();
  }

  get width(): number {
    return this.#plan.width;
  }

  get height(): number {
    return this.#plan.height;
  }

  get fps(): number | null {
    return this.#plan.fps;
  }

  get live(): boolean {
    return this.#plan.live;
  }

  get name(): string {
    return this.#plan.name;
  }

  get dropped(): number {
    return this.#newest.dropped;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<VideoFrame, void, undefined> {
    if (this.#isRead) throw expected(this.name, "one reader", "a second; open the video again");
    this.#isRead = true;
    try {
      yield* this.live ? this.#liveFrames() : this.#fileFrames();
      this.#throwIfCancelled();
    } finally {
      await this[Symbol.asyncDispose]();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#plan.signal?.removeEventListener("abort", this.#cancel);
    await this.#stop();
  }

  async #stop(): Promise<void> {
    this.#stopping.abort();
    this.#newest.end();
    await this.#run?.stop();
  }

  get #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  #throwIfCancelled(): void {
    const { signal } = this.#plan;
    if (signal?.aborted) throw new ArcfaceError("CANCELLED", `${this.name}: cancelled`, { cause: signal.reason });
  }

  async *#fileFrames(): AsyncGenerator<VideoFrame, void, undefined> {
    const timeline = new FileTimeline(this.fps);
    let dueMs: number | null = null;
    do {
      let previousMs: number | null = null;
      for await (const { image, timestampMs: inRun } of this.#runOnce()) {
        const timestampMs = timeline.next(inRun);
        if (this.#plan.realtime) {
          const now = performance.now();
          dueMs =
            dueMs === null || previousMs === null ? Math.max(now, dueMs ?? now) : dueMs + timestampMs - previousMs;
          if (dueMs > now) await this.#sleep(dueMs - now);
          else dueMs = now;
          previousMs = timestampMs;
        }
        if (this.#isStopping) return;
        yield { image, timestampMs, sequence: this.#sequence++ };
      }
      timeline.restart();
    } while (this.#plan.loop && !this.#isStopping);
  }

  async *#liveFrames(): AsyncGenerator<VideoFrame, void, undefined> {
    void this.#pump().then(
      () => this.#newest.end(),
      (error: unknown) => this.#newest.end(error),
    );
    for (;;) {
      const frame = await this.#newest.take();
      if (frame === null || this.#isStopping) return;
      yield frame;
    }
  }

  /** Reads without waiting for the reader, so that nothing grows old in a pipe. */
  async #pump(): Promise<void> {
    const { onEvent, reconnect } = this.#plan;
    const { attempts = 10, delayMs: firstDelayMs = 500, maxDelayMs = 8000 } = reconnect ?? {};
    const timeline = new LiveTimeline(performance.now());
    for (let failures = 0; ; failures += 1) {
      let connected = false;
      let error: ArcfaceError;
      try {
        for await (const { image, timestampMs } of this.#runOnce()) {
          if (!connected) onEvent({ type: "connected" });
          connected = true;
          failures = 0;
          const at = timeline.next(timestampMs, performance.now());
          this.#newest.put({ image, timestampMs: at, sequence: this.#sequence++ });
        }
        if (this.#isStopping || reconnect === null) return;
        error = new ArcfaceError("NETWORK", `${this.name}: the source ended the stream`);
      } catch (cause) {
        if (!(cause instanceof ArcfaceError) || reconnect === null) throw cause;
        error = cause;
      }
      if (this.#isStopping) return;
      if (connected) onEvent({ type: "lost", error });
      if (failures >= attempts) {
        throw new ArcfaceError("NETWORK", `${this.name}: lost, and not there again after ${attempts} attempts`, {
          hint: "check that the camera or server runs and that the network reaches it",
          cause: error,
        });
      }
      timeline.restart();
      const delayMs = Math.min(maxDelayMs, firstDelayMs * 2 ** failures);
      onEvent({ type: "reconnecting", attempt: failures + 1, delayMs });
      await this.#sleep(delayMs);
      if (this.#isStopping) return;
    }
  }

  /** The pictures of one run; throws what the run failed of, unless it was we who ended it. */
  async *#runOnce(): AsyncGenerator<TimedImage, void, undefined> {
    if (this.#isStopping) return;
    const { name, ffmpeg, args, noticesCut, otherwise, live } = this.#plan;
    const run = new FfmpegProcess(ffmpeg, args);
    this.#run = run;
    let frames = 0;
    try {
      for await (const frame of readFrames(run, this.#plan)) {
        frames += 1;
        yield frame;
      }
      const end = await run.ended;
      if (this.#isStopping) return;
      if (end instanceof Error) throw missingTool(ffmpeg, end);
      if (end !== 0 || frames === 0) throw explainFfmpeg(name, run.lines, otherwise);
      if (!live && noticesCut && isCutOff(run.lines)) {
        throw new ArcfaceError(otherwise, `${name}: the video is cut off or damaged after ${frames} frames`, {
          hint: "get the file again from where it came from",
          cause: explainFfmpeg(name, run.lines, otherwise).cause,
        });
      }
    } finally {
      await run.stop();
    }
  }

  async #sleep(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stopping.signal }).catch(() => {});
  }
}
