import { leastScales, quantizeWeights } from "./affine.ts";
import { type QuantLayer, rowsOf } from "./parts.ts";

export type BiasCorrectionOptions = {
  /** Of the layer's input, by channel: means over photographs and pixels. */
  readonly means: Float64Array;
  /** Of the layer's input. */
  readonly inputScale: number;
  readonly reduceRange?: boolean;
};

/**
 * What rounding the weights adds to a layer's outputs on average, to be taken off its bias: −Σ (stored − true)·mean input. Zeros
 * around an image are counted as if they were the mean.
 *
 * Source: Nagel et al., "Data-free quantization through weight equalization and bias correction", arXiv:1906.04721, section 4.2.
 */
export function biasCorrection(
  layer: QuantLayer,
  { means, inputScale, reduceRange = false }: BiasCorrectionOptions,
): Float32Array {
  const { outputs, bias } = layer;
  const { rows, inputOf } = rowsOf(layer);
  const { weights, scales } = quantizeWeights(rows, leastScales(bias, inputScale), reduceRange ? 63 : 127);
  const error = new Float64Array(outputs);
  const each = rows.length / outputs;
  for (let i = 0; i < rows.length; i++) {
    const output = Math.floor(i / each);
    error[output]! += (weights[i]! * scales[output]! - rows[i]!) * means[inputOf(i)]!;
  }
  return Float32Array.from(error, (e) => -e);
}
