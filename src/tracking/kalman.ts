/**
 * One number that changes, known to a degree: its value and rate (a second), and the covariance of both.
 */
export type Estimate = {
  readonly value: number;
  readonly rate: number;
  readonly valueVariance: number;
  readonly covariance: number;
  readonly rateVariance: number;
};

/** How a number moves of itself. */
export type Walk = {
  /** Variance that the rate gains in a second: (units/s)² a second. */
  readonly restlessness: number;
  /** Seconds after which a rate is down to 1/e of itself, if nothing renews it: nobody walks on for ever. */
  readonly memory: number;
};

/**
 * What is known after `seconds` without a measurement. The rate is an Ornstein–Uhlenbeck process and the value its
 * integral, in closed form: one step of 0.3 s is the same as three of 0.1 s, so that frames may be dropped or irregular.
 *
 * @param seconds 0 or more.
 */
export function predict(estimate: Estimate, seconds: number, { restlessness, memory }: Walk): Estimate {
  const a = seconds / memory;
  const kept = Math.exp(-a);
  const lost = -Math.expm1(-a); // 1 − e^−a
  const reach = memory * lost; // ∫ e^(−t/memory) dt: how far a rate of 1 carries
  const twice = -Math.expm1(-2 * a);
  const { value, rate, valueVariance, covariance, rateVariance } = estimate;
  // Rounding leaves a hair of either sign where the step is far shorter than the memory.
  const wander = Math.max(0, restlessness * memory ** 2 * (seconds - 2 * reach + (memory / 2) * twice));
  return {
    value: value + rate * reach,
    rate: rate * kept,
    valueVariance: valueVariance + 2 * reach * covariance + reach ** 2 * rateVariance + wander,
    covariance: kept * (covariance + reach * rateVariance) + (restlessness * reach ** 2) / 2,
    rateVariance: kept ** 2 * rateVariance + (restlessness * memory * twice) / 2,
  };
}

/** What is known after the value was measured, with an error of that variance. */
export function correct(estimate: Estimate, measured: number, variance: number): Estimate {
  const { value, rate, valueVariance, covariance, rateVariance } = estimate;
  const total = valueVariance + variance;
  const [gain, rateGain] = [valueVariance / total, covariance / total];
  const surprise = measured - value;
  return {
    value: value + gain * surprise,
    rate: rate + rateGain * surprise,
    // (1 − gain) · v as v · r / (v + r), which rounding cannot make negative
    valueVariance: (valueVariance * variance) / total,
    covariance: (covariance * variance) / total,
    rateVariance: rateVariance - rateGain * covariance,
  };
}

/** ln of the density of measuring this, given what is known: the higher, the less surprising. */
export function logLikelihood({ value, valueVariance }: Estimate, measured: number, variance: number): number {
  const total = valueVariance + variance;
  return -0.5 * ((measured - value) ** 2 / total + Math.log(2 * Math.PI * total));
}
