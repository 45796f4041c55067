/** Where the source says nothing of its pace. */
const GUESSED_FPS = 25;
/** The most that a live source's clock may leave ours before it is set again. */
const MAX_DRIFT_MS = 2000;

/** Timestamps of a file that may be played again and again: each pass follows the one before by a frame's time. */
export class FileTimeline {
  #lastMs: number | null = null;
  #intervalMs: number;
  /** Added to the timestamps of this pass; null before its first frame. */
  #offsetMs: number | null = 0;

  constructor(fps: number | null) {
    this.#intervalMs = 1000 / (fps ?? GUESSED_FPS);
  }

  /** @param inPassMs the source's own; null where it has none for this frame. */
  next(inPassMs: number | null): number {
    const expectedMs = this.#lastMs === null ? 0 : this.#lastMs + this.#intervalMs;
    this.#offsetMs ??= inPassMs === null ? 0 : expectedMs - inPassMs;
    const at = inPassMs === null ? expectedMs : Math.max(inPassMs + this.#offsetMs, this.#lastMs ?? 0);
    if (this.#lastMs !== null && at > this.#lastMs) this.#intervalMs = at - this.#lastMs;
    this.#lastMs = at;
    return at;
  }

  /** The next frame is the first of another pass. */
  restart(): void {
    this.#offsetMs = null;
  }
}

/**
 * Timestamps of a live source on our clock: the first frame's are its arrival, and the others follow at the pace of the
 * source's own clock, which does not tremble as arrivals do.
 */
export class LiveTimeline {
  readonly #openedMs: number;
  #lastMs = 0;
  #offsetMs: number | null = null;

  /** @param openedMs now, on the clock that `next` is told. */
  constructor(openedMs: number) {
    this.#openedMs = openedMs;
  }

  next(inRunMs: number | null, nowMs: number): number {
    const arrivalMs = nowMs - this.#openedMs;
    if (inRunMs === null) this.#offsetMs = null;
    else if (this.#offsetMs === null || Math.abs(inRunMs + this.#offsetMs - arrivalMs) > MAX_DRIFT_MS) {
      this.#offsetMs = arrivalMs - inRunMs;
    }
    const at = this.#offsetMs === null || inRunMs === null ? arrivalMs : inRunMs + this.#offsetMs;
    this.#lastMs = Math.max(at, this.#lastMs);
    return this.#lastMs;
  }

  /** The source begins anew, with another clock. */
  restart(): void {
    this.#offsetMs = null;
  }
}
