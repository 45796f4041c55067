import { GROUP } from "./int8-kernel.ts";

/** The largest int8 that has its negative. */
const INT8 = 127;
const INT16 = 32767;

/** Beyond float32's rounding of similarities, which lie in −1…1: a few times 2⁻²⁴. */
const ROUNDING = 1e-6;

/**
 * An embedding as int8: x ≈ scale · q. Whatever probe of length 1 asks, its inner product with x and that with scale · q
 * differ by `error` at most (Cauchy–Schwarz: by ‖x − scale · q‖), float32's rounding included.
 *
 * @param rows groups of int8 as the kernel reads them, all zeros where this row is to be.
 * @param row which.
 */
export function writeInt8Row(
  embedding: Float32Array,
  rows: Int8Array,
  stride: number,
  row: number,
): { readonly scale: number; readonly error: number } {
  let largest = 0;
  for (let i = 0; i < embedding.length; i++) largest = Math.max(largest, Math.abs(embedding[i]!));
  const scale = Math.fround(largest / INT8);
  const first = (row - (row % GROUP)) * stride + (row % GROUP) * 2;
  let squares = 0;
  for (let i = 0; i < embedding.length; i++) {
    const value = embedding[i]!;
    // float32 may round the scale down, and the largest value past 127.
    const q = scale === 0 ? 0 : Math.max(-INT8, Math.min(INT8, Math.round(value / scale)));
    rows[first + (i >> 1) * GROUP * 2 + (i & 1)] = q;
    squares += (value - q * scale) ** 2;
  }
  return { scale, error: Math.sqrt(squares) * (1 + ROUNDING) + ROUNDING };
}

/** A probe as int16: p ≈ factor · values. */
export type Int16Query = {
  /** `stride` of them, zeros at the end. */
  readonly values: Int16Array;
  readonly factor: number;
  /** What the inner product of factor · values with a row may differ by from that of the probe. */
  readonly slack: number;
};

/** @param probe L2-normalised. */
export function toInt16Query(probe: Float32Array, stride: number): Int16Query {
  let largest = 0;
  for (const value of probe) largest = Math.max(largest, Math.abs(value));
  // Sums of products are int32: with more than 516 numbers they could leave its range.
  const most = Math.min(INT16, Math.floor((2 ** 31 - 1) / (INT8 * stride)));
  const factor = Math.fround(largest / most);
  const values = new Int16Array(stride);
  let squares = 0;
  probe.forEach((value, i) => {
    values[i] = Math.max(-most, Math.min(most, Math.round(value / factor)));
    squares += (value - values[i]! * factor) ** 2;
  });
  // A row's int8 form is hardly longer than the row: ‖scale · q‖ ≤ 1 + √stride / 254.
  return { values, factor, slack: Math.sqrt(squares) * (1 + Math.sqrt(stride) / (2 * INT8)) + ROUNDING };
}
