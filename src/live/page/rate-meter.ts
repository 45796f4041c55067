/** How often something happens, over the last seconds. */
export class RateMeter {
  readonly #windowMs: number;
  #times: number[] = [];

  constructor({ windowMs = 3000 }: { readonly windowMs?: number } = {}) {
    this.#windowMs = windowMs;
  }

  tick(now: number): void {
    this.#times.push(now);
    this.#forget(now);
  }

  /** A second; 0 until two have happened. */
  perSecond(now: number): number {
    this.#forget(now);
    const [first, last] = [this.#times[0], this.#times.at(-1)];
    if (first === undefined || last === undefined || last === first) return 0;
    return (1000 * (this.#times.length - 1)) / (last - first);
  }

  #forget(now: number): void {
    this.#times = this.#times.filter((time) => now - time < this.#windowMs);
  }
}
