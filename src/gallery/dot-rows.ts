/**
 * out[r] = row r of `block` · probe, for the first `rows` rows. Four rows at a time share each load of the probe, two
 * numbers a step: about three times as fast as `dot` row by row.
 *
 * @param block rows of `probe.length` numbers, one after another.
 */
export function dotRows(block: Float32Array, rows: number, probe: Float64Array, out: Float64Array): void {
  const n = probe.length;
  const even = n - (n % 2);
  let row = 0;
  for (; row + 4 <= rows; row += 4) {
    const a = row * n;
    const b = a + n;
    const c = b + n;
    const d = c + n;
    let sa = 0;
    let sb = 0;
    let sc = 0;
    let sd = 0;
    for (let i = 0; i < even; i += 2) {
      const p = probe[i]!;
      const q = probe[i + 1]!;
      sa += p * block[a + i]! + q * block[a + i + 1]!;
      sb += p * block[b + i]! + q * block[b + i + 1]!;
      sc += p * block[c + i]! + q * block[c + i + 1]!;
      sd += p * block[d + i]! + q * block[d + i + 1]!;
    }
    if (even < n) {
      const p = probe[even]!;
      sa += p * block[a + even]!;
      sb += p * block[b + even]!;
      sc += p * block[c + even]!;
      sd += p * block[d + even]!;
    }
    out[row] = sa;
    out[row + 1] = sb;
    out[row + 2] = sc;
    out[row + 3] = sd;
  }
  for (; row < rows; row++) {
    let sum = 0;
    // The same order of sums as above, so that equal rows have equal similarities.
    for (let i = 0; i < even; i += 2) sum += probe[i]! * block[row * n + i]! + probe[i + 1]! * block[row * n + i + 1]!;
    if (even < n) sum += probe[even]! * block[row * n + even]!;
    out[row] = sum;
  }
}
