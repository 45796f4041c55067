/**
 * Random numbers that are the same on every machine: 32-bit integer and IEEE double operations only, no Math.log,
 * whose last bits differ between engines.
 */
export interface Random {
  /** In [0, 1), of 32 bits. */
  uniform(): number;
  /** Mean 0, deviation 1. */
  normal(): number;
}

/**
 * A stream of its own for every seed (a whole number).
 *
 * Source: sfc32 by Chris Doty-Humphrey (PractRand), seeded as there: three words, a counter of 1, twelve steps.
 */
export function createRandom(seed: number): Random {
  let [a, b, c, counter] = [0, Math.floor(seed / 2 ** 32) | 0, seed | 0, 1];
  let spare: number | null = null;

  function uint32(): number {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return sum >>> 0;
  }
  for (let i = 0; i < 12; i++) uint32();

  const uniform = (): number => uint32() / 2 ** 32;

  /** Marsaglia's polar method: of a point in the unit disc, both coordinates, stretched. */
  function normal(): number {
    if (spare !== null) {
      const value = spare;
      spare = null;
      return value;
    }
    for (;;) {
      const u = 2 * uniform() - 1;
      const v = 2 * uniform() - 1;
      const s = u * u + v * v;
      if (s >= 1 || s === 0) continue;
      const stretch = Math.sqrt((-2 * ln(s)) / s);
      spare = v * stretch;
      return u * stretch;
    }
  }

  return { uniform, normal };
}

/** ln x for 0 < x < 1, right to about 1e-13, and the same everywhere. */
function ln(x: number): number {
  let exponent = 0;
  let m = x;
  for (; m < 1 / 65536; m *= 65536) exponent -= 16;
  for (; m < Math.SQRT1_2; m *= 2) exponent--;
  // ln m = 2 artanh t, of which |t| ≤ 0.172
  const t = (m - 1) / (m + 1);
  const q = t * t;
  const series = 1 + q * (1 / 3 + q * (1 / 5 + q * (1 / 7 + q * (1 / 9 + q * (1 / 11 + q * (1 / 13 + q / 15))))));
  return exponent * Math.LN2 + 2 * t * series;
}
