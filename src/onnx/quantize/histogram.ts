/** How often values lay where: bin i counts those in [(first + i)·width, (first + i + 1)·width). */
export type Histogram = {
  readonly first: number;
  readonly width: number;
  readonly counts: Float64Array;
  /** The values' own, not those of bins. 0 where there were none. */
  readonly min: number;
  readonly max: number;
};

const BINS = 4096;

/**
 * A histogram that grows with what it is shown: where values lie outside, bins become twice as wide. 0 is always an edge.
 * Values that are not finite are passed over.
 */
export class GrowingHistogram implements Histogram {
  counts = new Float64Array(BINS);
  first = 0;
  width = 0;
  min = 0;
  max = 0;

  add(values: Float32Array): void {
    let [min, max] = [Infinity, -Infinity];
    for (let i = 0; i < values.length; i++) {
      const x = values[i]!;
      if (x < min && x !== -Infinity) min = x;
      if (x > max && x !== Infinity) max = x;
    }
    if (max < min) return;
    this.#cover(min, max);
    const { counts, first } = this;
    const scale = 1 / this.width;
    for (let i = 0; i < values.length; i++) {
      const at = Math.floor(values[i]! * scale) - first;
      // Also false for NaN.
      if (at >= 0 && at < BINS) counts[at]!++;
    }
  }

  #cover(min: number, max: number): void {
    const isFirst = this.width === 0;
    this.min = isFirst ? min : Math.min(this.min, min);
    this.max = isFirst ? max : Math.max(this.max, max);
    if (isFirst) {
      const span = Math.max(this.max, 0) - Math.min(this.min, 0) || 1;
      // A power of two, so that halves of bins are bins.
      this.width = 2 ** Math.ceil(Math.log2((2 * span) / BINS));
      this.first = Math.floor(Math.min(this.min, 0) / this.width);
    }
    while (!this.#holds()) this.#double();
  }

  #holds(): boolean {
    const [low, high] = [Math.floor(this.min / this.width), Math.floor(this.max / this.width)];
    if (high - low >= BINS) return false;
    // What is counted stays inside when the window moves.
    const used = this.counts.findIndex((n) => n > 0);
    const from = used === -1 ? low : Math.min(low, this.first + used);
    const to = used === -1 ? high : Math.max(high, this.first + this.counts.findLastIndex((n) => n > 0));
    if (to - from >= BINS) return false;
    if (low < this.first || high >= this.first + BINS) this.#move(from - Math.floor((BINS - 1 - (to - from)) / 2));
    return true;
  }

  #move(first: number): void {
    const moved = new Float64Array(BINS);
    for (let i = 0; i < BINS; i++) if (this.counts[i]! > 0) moved[i + this.first - first] = this.counts[i]!;
    [this.counts, this.first] = [moved, first];
  }

  #double(): void {
    const first = Math.floor(this.first / 2);
    const merged = new Float64Array(BINS);
    for (let i = 0; i < BINS; i++) {
      const at = Math.floor((this.first + i) / 2) - first;
      merged[at] = merged[at]! + this.counts[i]!;
    }
    [this.counts, this.first, this.width] = [merged, first, 2 * this.width];
  }
}
