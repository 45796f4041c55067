import { l2Norm } from "../tensor/vector.ts";
import { GROUP } from "./int8-kernel.ts";

/** The largest int8 that has its negative. */
const INT8 = 127;
const INT16 = 32767;

/** Beyond float32's rounding of similarities, which lie in −1…1: a few times 2⁻²⁴. */
const ROUNDING = 1e-6;

/** Added to a number and taken away again it rounds it to a whole one, six times as fast as Math.round. */
const ROUND = 1.5 * 2 ** 52;

export type Int8Row = { readonly scale: number; readonly error: number };

/**
 * The direction x of an embedding as int8: x ≈ scale · q. Whatever probe of length 1 asks, its inner product with x and
 * that with scale · q differ by `error` at most (Cauchy–Schwarz: by ‖x − scale · q‖), float32's rounding included.
 *
 * @param embedding of any length but zero.
 * @param rows groups of int8 as the kernel reads them.
 * @param row which; what its numbers beyond the embedding's are stays so.
 */
export function writeInt8Row(embedding: Float32Array, rows: Int8Array, stride: number, row: number): Int8Row {
  const norm = l2Norm(embedding);
  let largest = 0;
  for (let i = 0; i < embedding.length; i++) {
    const size = Math.abs(embedding[i]!);
    if (size > largest) largest = size;
  }
  const scale = Math.fround(largest / norm / INT8);
  const step = scale * norm;
  const inverse = 1 / step;
  let at = placeOf(row, stride);
  let squares = 0;
  for (let i = 0; i < embedding.length; i += 2) {
    const a = embedding[i]!;
    const b = i + 1 < embedding.length ? embedding[i + 1]! : 0;
    const p = a * inverse + ROUND - ROUND;
    const q = b * inverse + ROUND - ROUND;
    rows[at] = p;
    rows[at + 1] = q;
    at += GROUP * 2;
    squares += (a - p * step) * (a - p * step) + (b - q * step) * (b - q * step);
  }
  return { scale, error: (Math.sqrt(squares) / norm) * (1 + ROUNDING) + ROUNDING };
}

/** Overwrite a row with zeros. */
export function clearInt8Row(rows: Int8Array, stride: number, row: number): void {
  const first = placeOf(row, stride);
  for (let i = 0; i < stride; i += 2) rows.fill(0, first + i * GROUP, first + i * GROUP + 2);
}

/** Where a row's first two numbers lie; the next two lie behind those of the group's other rows. */
function placeOf(row: number, stride: number): number {
  return (row - (row % GROUP)) * stride + (row % GROUP) * 2;
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
