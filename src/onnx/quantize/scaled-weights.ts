import type { Layer } from "../optimize/layers.ts";

/** A layer's weights, times a number for each pair of an output and an input channel. */
export function scaledWeights(
  { weights, blocks }: Layer,
  by: (output: number, input: number) => number,
): Float32Array<ArrayBuffer> {
  const scaled = weights.slice();
  blocks((output, input, start, end) => {
    const factor = by(output, input);
    for (let i = start; i < end; i++) scaled[i] = weights[i]! * factor;
  });
  return scaled;
}
