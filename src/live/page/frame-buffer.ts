/** What tells frames apart: the same of a frame and of what was found in it. */
export type Stamps = {
  readonly sequenceNum: number;
  readonly ts: { readonly sec: number; readonly nsec: number } | undefined;
};

type Topic<O> = { lastAt: number; readonly overlays: Map<string, O> };

export type Shown<F, O> = { readonly frame: F; readonly overlays: readonly O[] };

/** Frames wait for what is found in them: so many, some two seconds of video. */
const CAPACITY = 60;
/** A topic that is silent for so long is not waited for; and nothing waits longer. */
const PATIENCE_MS = 1000;

/**
 * Pairs frames with what was found in them, which comes later: a frame is shown together with it, or, where nothing comes
 * for a second, alone. What was found in one frame is never drawn over another.
 */
export class FrameBuffer<F, O> {
  readonly #frames: { readonly key: string; readonly frame: F }[] = [];
  readonly #topics = new Map<string, Topic<O>>();
  #shownAt = -Infinity;

  addFrame(stamps: Stamps, frame: F): void {
    this.#frames.push({ key: keyOf(stamps), frame });
    if (this.#frames.length > CAPACITY) this.#frames.shift();
  }

  addOverlay(topic: string, stamps: Stamps, overlay: O, now: number): void {
    const { overlays } = this.#topic(topic, now);
    overlays.set(keyOf(stamps), overlay);
    if (overlays.size > CAPACITY) overlays.delete(overlays.keys().next().value!);
  }

  /** It is not waited for any more. */
  removeTopic(topic: string): void {
    this.#topics.delete(topic);
  }

  /** The newest frame that can be shown; it and older ones are gone then. `null` where nothing new is to be shown. */
  next(now: number): Shown<F, O> | null {
    const awaited = [...this.#topics.values()].filter(({ lastAt }) => now - lastAt < PATIENCE_MS);
    let at = this.#frames.findLastIndex(({ key }) => awaited.every(({ overlays }) => overlays.has(key)));
    if (at === -1 && now - this.#shownAt >= PATIENCE_MS) at = this.#frames.length - 1;
    if (at === -1) return null;
    this.#shownAt = now;
    const { key, frame } = this.#frames.splice(0, at + 1).at(-1)!;
    const overlays = [...this.#topics.values()].flatMap((topic) => topic.overlays.get(key) ?? []);
    return { frame, overlays };
  }

  #topic(name: string, now: number): Topic<O> {
    const topic = this.#topics.get(name) ?? { lastAt: now, overlays: new Map<string, O>() };
    topic.lastAt = now;
    this.#topics.set(name, topic);
    return topic;
  }
}

/** By the time; by the number, where nobody set a time. */
function keyOf({ sequenceNum, ts }: Stamps): string {
  return ts && (ts.sec !== 0 || ts.nsec !== 0) ? `${ts.sec}.${ts.nsec}` : `#${sequenceNum}`;
}
