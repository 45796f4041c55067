/** Numbers that 8 bits are to stand for: everything from `low` to `high`. */
export type Range = { readonly low: number; readonly high: number };

/** real = (stored − zeroPoint) · scale, stored in 0…255. */
export type Affine8 = { readonly scale: number; readonly zeroPoint: number };

/** int8 weights and their bias: real = stored · scale, a scale each output channel. */
export type Weights8 = {
  readonly weights: Int8Array<ArrayBuffer>;
  readonly scales: Float32Array<ArrayBuffer>;
};

export const LEVELS = 255;

/** Smaller scales would be flushed as denormal weights are, and what they stand for is nothing. */
const LEAST_SCALE = 1e-8;

/** So far from overflow that products can still be added to it. */
const MOST_BIAS = 2 ** 30;

/** Zero is always among the levels, since convolutions pad with it. The scale is a float32. */
export function affineOf({ low, high }: Range): Affine8 {
  const [from, to] = [Math.min(low, 0), Math.max(high, 0)];
  const scale = Math.fround(Math.max((to - from) / LEVELS, LEAST_SCALE));
  return { scale, zeroPoint: Math.max(0, Math.min(LEVELS, roundHalfEven(-from / scale))) };
}

/**
 * Symmetric weights, so that 0 is stored as 0; the largest of a channel is stored as ±`most`.
 *
 * @param weights channel after channel.
 * @param least of each scale: see leastScales.
 * @param most 127, or 63 for processors whose 8-bit products overflow (see docs/decisions/int8.md).
 */
export function quantizeWeights(weights: Float32Array, least: Float64Array, most = 127): Weights8 {
  const channels = least.length;
  const each = weights.length / channels;
  const stored = new Int8Array(weights.length);
  const scales = new Float32Array(channels);
  for (let c = 0; c < channels; c++) {
    let largest = 0;
    for (let i = c * each; i < (c + 1) * each; i++) largest = Math.max(largest, Math.abs(weights[i]!));
    const scale = Math.fround(Math.max(largest / most, least[c]!));
    scales[c] = scale;
    for (let i = c * each; i < (c + 1) * each; i++)
      stored[i] = Math.max(-most, Math.min(most, roundHalfEven(weights[i]! / scale)));
  }
  return { weights: stored, scales };
}

/** What weights' scales must be at least for the bias, stored in int32 by the product of both scales, to fit. */
export function leastScales(bias: Float32Array, inputScale: number): Float64Array {
  return Float64Array.from(bias, (b) => Math.max(LEAST_SCALE, Math.abs(b) / MOST_BIAS) / inputScale);
}

export function quantizeBias(bias: Float32Array, scales: Float32Array): Int32Array<ArrayBuffer> {
  return Int32Array.from(bias, (b, c) => roundHalfEven(b / scales[c]!));
}

/** As QuantizeLinear does. */
export function quantize8(x: number, { scale, zeroPoint }: Affine8): number {
  return Math.max(0, Math.min(LEVELS, roundHalfEven(x / scale) + zeroPoint));
}

/** As numpy's rint and ONNX's QuantizeLinear: a half goes to the even neighbour. */
export function roundHalfEven(x: number): number {
  const rounded = Math.round(x);
  return rounded - x === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
