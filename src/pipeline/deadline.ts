import { systemClock } from "./clock.ts";

/** A time limit that runs from when it is told to. */
export class Deadline {
  /** Resolves when the time is over; never, where it was called off or has not begun. */
  readonly passed: Promise<void>;
  readonly #milliseconds: number;
  #pass: () => void = () => {};
  #callOff: (() => void) | null = null;

  constructor(milliseconds: number) {
    this.#milliseconds = milliseconds;
    this.passed = new Promise((resolve) => {
      this.#pass = resolve;
    });
  }

  begin(): void {
    this.#callOff ??= systemClock.after(this.#milliseconds, this.#pass);
  }

  callOff(): void {
    this.#callOff?.();
  }
}
