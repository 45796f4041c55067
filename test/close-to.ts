export type Tolerance = { readonly atol: number; readonly rtol?: number };

/** @returns what is wrong with the worst element, or `null` where all are close. */
export function closeTo(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  { atol, rtol = 0 }: Tolerance,
): string | null {
  if (actual.length !== expected.length) return `expected ${expected.length} values, got ${actual.length}`;
  let worst = -1;
  let excess = 0;
  for (let i = 0; i < expected.length; i++) {
    const beyond = Math.abs(actual[i]! - expected[i]!) - (atol + rtol * Math.abs(expected[i]!));
    if (Number.isNaN(beyond) ? excess !== Infinity : beyond > excess) {
      worst = i;
      excess = Number.isNaN(beyond) ? Infinity : beyond;
    }
  }
  if (worst === -1) return null;
  return `values differ at ${worst}: expected ${expected[worst]}, got ${actual[worst]} (atol ${atol}, rtol ${rtol})`;
}
