import { ArcfaceError } from "../errors.ts";

/** A pipeline's time: the machine's, or one that a replay advances. */
export interface Clock {
  /** Milliseconds, never falling; from when does not matter. */
  now(): number;
  /** @throws {ArcfaceError} CANCELLED where the signal fires first. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's monotonic clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  sleep(milliseconds, signal) {
    return new Promise((resolve, reject) => {
      const cancelled = () => new ArcfaceError("CANCELLED", "clock: cancelled", { cause: signal?.reason });
      if (signal?.aborted) return reject(cancelled());
      const onAbort = () => {
        clearTimeout(timer);
        reject(cancelled());
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      }, milliseconds);
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  },
};
