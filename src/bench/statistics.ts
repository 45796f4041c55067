/** Milliseconds below which so many hundredths of the runs took. */
export type Latency = {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
};

/**
 * The value below which a share of them lies, between two neighbours in proportion (as NumPy's default).
 *
 * @param values at least one.
 * @param share 0 to 1.
 */
export function quantile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).sort();
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)]!;
  return below + (at - Math.floor(at)) * (sorted[Math.ceil(at)]! - below);
}

export function median(values: ArrayLike<number>): number {
  return quantile(values, 0.5);
}

/** @param ms of each run, at least one. */
export function latencyOf(ms: ArrayLike<number>): Latency {
  return { p50: quantile(ms, 0.5), p90: quantile(ms, 0.9), p99: quantile(ms, 0.99), max: quantile(ms, 1) };
}
