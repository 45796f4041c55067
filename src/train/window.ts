import type { LogEntry } from "./log.ts";

/** What of a loader's report goes into the log. */
export type LoaderTimes = {
  /** Images a second that its threads make alone. */
  readonly rate: number;
  /** How long it kept its callers waiting, in all. */
  readonly waitMs: number;
};

/** Sums since the last line of a log; plain data, which a checkpoint keeps. */
export type WindowSums = {
  readonly count: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly gradientNorm: number;
};

const NOTHING: WindowSums = { count: 0, loss: 0, accuracy: 0, gradientNorm: 0 };

/** What happened since the last line of the log. */
export class Window {
  readonly #images: number;
  #sums: WindowSums;
  #since = performance.now();
  /** Steps that this process has seen. */
  #timed = 0;
  /** Until the last line. */
  #waitedMs = 0;

  /** @param images of a step. @param sums where a run goes on. */
  constructor(images: number, sums: WindowSums = NOTHING) {
    this.#images = images;
    this.#sums = sums;
  }

  get sums(): WindowSums {
    return this.#sums;
  }

  add({ loss, accuracy, gradientNorm }: Omit<WindowSums, "count">): void {
    const sums = this.#sums;
    this.#timed++;
    this.#sums = {
      count: sums.count + 1,
      loss: sums.loss + loss,
      accuracy: sums.accuracy + accuracy,
      gradientNorm: Math.max(sums.gradientNorm, gradientNorm),
    };
  }

  /** The means; the next line begins. */
  take(step: number, epoch: number, lr: number, loader?: LoaderTimes): LogEntry {
    const { count, loss, accuracy, gradientNorm } = this.#sums;
    const tookMs = performance.now() - this.#since;
    const speed = (this.#timed * this.#images) / (tookMs / 1000);
    const apart = loader && {
      loader: { speed: loader.rate, waiting: Math.min(1, (loader.waitMs - this.#waitedMs) / tookMs) },
    };
    this.#waitedMs = loader?.waitMs ?? 0;
    this.#sums = NOTHING;
    this.#timed = 0;
    this.#since = performance.now();
    return { step, epoch, loss: loss / count, accuracy: accuracy / count, lr, speed, ...apart, gradientNorm };
  }

  /** Leave out of the speed what was done since this was asked for. */
  pause(): () => void {
    const began = performance.now();
    return () => {
      this.#since += performance.now() - began;
    };
  }
}
