const KEPT = 128;

/** What the newest numbers of a series are like. */
export type Summary = { readonly mean: number; readonly median: number; readonly max: number };

/** The newest 128 numbers of a series. */
export class Recent {
  readonly #values = new Float64Array(KEPT);
  #count = 0;

  push(value: number): void {
    this.#values[this.#count++ % KEPT] = value;
  }

  /** `null` where there are none yet. */
  summarize(): Summary | null {
    if (this.#count === 0) return null;
    const sorted = this.#values.slice(0, Math.min(this.#count, KEPT)).sort();
    const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
    return { mean, median: sorted[Math.floor(sorted.length / 2)]!, max: sorted.at(-1)! };
  }

  /** Of times in milliseconds: how many a second there were from the oldest that is kept until `now`. */
  rate(now: number): number {
    const kept = Math.min(this.#count, KEPT);
    if (kept < 2) return 0;
    const oldest = this.#values[this.#count > KEPT ? this.#count % KEPT : 0]!;
    return now > oldest ? (1000 * (kept - 1)) / (now - oldest) : 0;
  }
}
