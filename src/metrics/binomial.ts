import { expected } from "../errors.ts";

/** P(X ≥ k) where X counts successes of n trials of probability p. Right to 1e-10 or so, relatively. */
export function binomialTail(k: number, n: number, p: number): number {
  if (!(Number.isInteger(n) && n >= 0 && Number.isInteger(k) && p >= 0 && p <= 1))
    throw expected("binomial", "whole numbers and a probability", `${k}, ${n}, ${p}`);
  if (k <= 0) return 1;
  if (k > n || p === 0) return 0;
  return incompleteBeta(k, n - k + 1, p);
}

/**
 * Where the true rate lies, given `successes` of `trials`: exact, so the true rate is outside no more often than said.
 *
 * @param confidence of the whole interval; each end is passed with half of what is left.
 * @throws {ArcfaceError} INVALID_ARGUMENT where there are no trials or more successes than trials.
 * Source: C. J. Clopper and E. S. Pearson, Biometrika 26 (1934).
 */
export function exactInterval(successes: number, trials: number, { confidence = 0.95 } = {}): [number, number] {
  if (!(trials > 0 && successes >= 0 && successes <= trials))
    throw expected("exact interval", "successes of at least one trial", `${successes} of ${trials}`);
  const rest = (1 - confidence) / 2;
  const low = successes === 0 ? 0 : solve((p) => binomialTail(successes, trials, p) < rest);
  const high = successes === trials ? 1 : solve((p) => binomialTail(successes + 1, trials, p) < 1 - rest);
  return [low, high];
}

/** The p at which `below` turns from true to false, by halving; near 0 in steps of the size of p. */
function solve(below: (p: number) => boolean): number {
  let [low, high] = [0, 1];
  for (let i = 0; i < 200 && high - low > 1e-15 * high; i++) {
    const middle = (low + high) / 2;
    if (below(middle)) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** I_x(a, b), by the continued fraction. Source: NIST Digital Library of Mathematical Functions, 8.17.22. */
function incompleteBeta(a: number, b: number, x: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The fraction converges fast on this side of the mean.
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(b, a, 1 - x);
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  return (front / a) * fraction(a, b, x);
}

/** 1/(1 + d1/(1 + d2/(1 + …))), by Lentz's method. */
function fraction(a: number, b: number, x: number): number {
  const tiny = 1e-300;
  const kept = (value: number): number => (Math.abs(value) < tiny ? tiny : value);
  let [c, d, result] = [1, 1 / kept(1 - ((a + b) * x) / (a + 1)), 0];
  result = d;
  for (let m = 1; m < 100_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    for (const step of [even, odd]) {
      d = 1 / kept(1 + step * d);
      c = kept(1 + step / c);
      result *= c * d;
    }
    if (Math.abs(c * d - 1) < 1e-15) break;
  }
  return result;
}

/** ln Γ(x) for x > 0: Stirling's series, from x ≥ 10 on by Γ(x + 1) = x Γ(x). */
function logGamma(x: number): number {
  let [y, less] = [x, 0];
  for (; y < 10; y++) less += Math.log(y);
  const r = 1 / (y * y);
  const series = (1 / 12 - r * (1 / 360 - r * (1 / 1260 - r * (1 / 1680 - r / 1188)))) / y;
  return (y - 0.5) * Math.log(y) - y + 0.5 * Math.log(2 * Math.PI) + series - less;
}
