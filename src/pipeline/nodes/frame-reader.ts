import type { FrameStream } from "../../video/frame-stream.ts";
import { ImgFrame } from "../messages/img-frame.ts";
import type { NodeHome } from "../node-home.ts";

/** A video or a camera as messages, from opening to closing. */
export class FrameReader implements AsyncDisposable {
  readonly #stream: FrameStream;
  readonly #home: NodeHome;
  /** What the stream's timestamps count from. */
  #startMs: number;

  constructor(stream: FrameStream, home: NodeHome) {
    this.#stream = stream;
    this.#home = home;
    this.#startMs = home.clock.now();
  }

  /** Frames that came from a camera while nobody took them. */
  get dropped(): number {
    return this.#stream.dropped;
  }

  /**
   * Frames as they come; of a file without loss, as fast as they are taken, or no faster than its timestamps say
   * (`realTime`). They are stamped with the time that they were captured at; a file's begin when it was opened.
   *
   * @throws {ArcfaceError} what the stream throws; CANCELLED where the pipeline stops.
   */
  async *read(realTime = false): AsyncGenerator<ImgFrame, void> {
    const { clock, activity, signal } = this.#home;
    const frames = this.#stream[Symbol.asyncIterator]();
    while (this.#home.isRunning()) {
      const next = frames.next();
      // A camera's frame is an event of the outside, a file's is work.
      const { done, value } = await (this.#stream.live ? activity.whileWaiting(next) : next);
      if (done) return;
      // A camera may have counted from before it was open: no frame is captured later than now.
      if (this.#stream.live) this.#startMs = Math.min(this.#startMs, clock.now() - value.timestampMs);
      const timestamp = this.#startMs + value.timestampMs;
      if (realTime && !this.#stream.live) await clock.sleep(Math.max(0, timestamp - clock.now()), signal);
      yield ImgFrame.fromImage(value.image, { timestamp, sequenceNum: value.sequence });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stream[Symbol.asyncDispose]();
  }
}
