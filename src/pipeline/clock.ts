import { ArcfaceError } from "../errors.ts";

/** A pipeline's time: the machine's, or one that a replay advances. */
export interface Clock {
  /** Milliseconds, never falling; from when does not matter. */
  now(): number;
  /** Call back in so many milliseconds, not before; `Infinity`: never. @returns what calls it off. */
  after(milliseconds: number, callback: () => void): () => void;
  /** @throws {ArcfaceError} CANCELLED where the signal fires first. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** setTimeout takes no more, and calls back at once where it is given more. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The machine's monotonic clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(milliseconds, callback) {
    if (milliseconds === Infinity) return () => {};
    const end = performance.now() + milliseconds;
    let timer: ReturnType<typeof setTimeout>;
    const wait = (left: number) => {
      timer = setTimeout(check, Math.min(left, LONGEST_TIMER_MS));
    };
    // A timer may come a millisecond early.
    const check = () => {
      const left = end - performance.now();
      if (left > 0) wait(left);
      else callback();
    };
    wait(milliseconds);
    return () => clearTimeout(timer);
  },
  sleep(milliseconds, signal) {
    return sleepOn(systemClock, milliseconds, signal);
  },
};

/** A sleep by a clock's `after`. */
export function sleepOn(clock: Pick<Clock, "after">, milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancelled = () => new ArcfaceError("CANCELLED", "clock: cancelled", { cause: signal?.reason });
    if (signal?.aborted) return reject(cancelled());
    const onAbort = () => {
      callOff();
      reject(cancelled());
    };
    const callOff = clock.after(milliseconds, () => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    });
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
