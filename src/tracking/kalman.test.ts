import fc from "fast-check";
import { expect, test } from "vitest";
import { correct, type Estimate, logLikelihood, predict } from "./kalman.ts";

const positive = fc.double({ min: 0.01, max: 50, noNaN: true });
const number = fc.double({ min: -100, max: 100, noNaN: true });
/** Covariances that can be: |covariance| < √(value variance · rate variance). */
const estimate: fc.Arbitrary<Estimate> = fc
  .record({
    value: number,
    rate: number,
    valueVariance: positive,
    rateVariance: positive,
    correlation: fc.double({ min: -0.95, max: 0.95, noNaN: true }),
  })
  .map(({ correlation, ...rest }) => ({
    ...rest,
    covariance: correlation * Math.sqrt(rest.valueVariance * rest.rateVariance),
  }));
const walk = fc.record({ restlessness: positive, memory: positive });

/** |a − b| against the size of what was added up to make them. */
function expectClose(a: Estimate, b: Estimate): void {
  for (const key of ["value", "rate", "valueVariance", "covariance", "rateVariance"] as const) {
    expect(Math.abs(a[key] - b[key])).toBeLessThan(1e-7 * (1 + Math.abs(a[key]) + Math.abs(b[key])));
  }
}

test("a second at once is the same as the same second in two steps, wherever it is cut", () => {
  const seconds = fc.double({ min: 0, max: 5, noNaN: true });
  fc.assert(
    fc.property(estimate, walk, seconds, seconds, (e, w, a, b) => {
      expectClose(predict(predict(e, a, w), b, w), predict(e, a + b, w));
    }),
    { seed: 72 },
  );
});

test("predicting agrees with a million small steps of the plain model", () => {
  const w = { restlessness: 3, memory: 0.8 };
  let plain: Estimate = { value: 5, rate: -2, valueVariance: 0.4, covariance: 0.1, rateVariance: 0.9 };
  const start = plain;
  const n = 1_000_000;
  const dt = 0.7 / n;
  for (let i = 0; i < n; i++) {
    // dx = v dt, dv = −v/memory dt + dW: Euler's step of mean and covariance
    const { value, rate, valueVariance: p, covariance: c, rateVariance: r } = plain;
    plain = {
      value: value + rate * dt,
      rate: rate - (rate / w.memory) * dt,
      valueVariance: p + 2 * c * dt,
      covariance: c + (r - c / w.memory) * dt,
      rateVariance: r + (w.restlessness - (2 * r) / w.memory) * dt,
    };
  }
  const exact = predict(start, 0.7, w);
  for (const key of Object.keys(exact) as (keyof Estimate)[]) expect(exact[key]).toBeCloseTo(plain[key], 4);
});

test("correcting agrees with the textbook's gain and covariance, K = P Hᵀ / (H P Hᵀ + R), P − K H P", () => {
  fc.assert(
    fc.property(estimate, number, positive, (e, measured, variance) => {
      const P = [
        [e.valueVariance, e.covariance],
        [e.covariance, e.rateVariance],
      ] as const;
      const K = [P[0][0] / (P[0][0] + variance), P[1][0] / (P[0][0] + variance)] as const;
      expectClose(correct(e, measured, variance), {
        value: e.value + K[0] * (measured - e.value),
        rate: e.rate + K[1] * (measured - e.value),
        valueVariance: P[0][0] - K[0] * P[0][0],
        covariance: P[0][1] - K[0] * P[0][1],
        rateVariance: P[1][1] - K[1] * P[0][1],
      });
    }),
    { seed: 73 },
  );
});

test("variances stay positive through ten thousand irregular frames, with and without measurements", () => {
  let e: Estimate = { value: 0, rate: 0, valueVariance: 1e-4, covariance: 0, rateVariance: 1 };
  for (let i = 0; i < 10_000; i++) {
    e = predict(e, [0, 1e-9, 1e-3, 0.04, 3][i % 5]!, { restlessness: 16, memory: 1 });
    if (i % 7 < 5) e = correct(e, Math.sin(i), 1e-6);
    expect(e.valueVariance).toBeGreaterThan(0);
    expect(e.rateVariance).toBeGreaterThan(0);
    expect(e.covariance ** 2).toBeLessThanOrEqual(e.valueVariance * e.rateVariance * (1 + 1e-9));
  }
});

test("the likelihood is the normal density's logarithm", () => {
  const e: Estimate = { value: 1, rate: 0, valueVariance: 3, covariance: 0, rateVariance: 1 };
  // N(3; mean 1, variance 4) = e^(−1/2) / √(8π)
  expect(logLikelihood(e, 3, 1)).toBeCloseTo(Math.log(Math.exp(-0.5) / Math.sqrt(8 * Math.PI)), 12);
});
