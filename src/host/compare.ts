import { ArcfaceError } from "../errors.ts";
import { noise } from "../onnx/noise.ts";
import { sizeOf, type Tensor } from "../tensor/tensor.ts";
import type { Host, ValueInfo } from "./host.ts";

export type CompareOptions = {
  /** How many inputs to try. */
  readonly runs?: number;
  /** Sizes for dimensions that may vary, by name; others are 1 along the batch and `freeSize` elsewhere. */
  readonly sizes?: Readonly<Record<string, number>>;
  readonly freeSize?: number;
};

export type Comparison = {
  readonly runs: number;
  /** The largest of all outputs' differences; Infinity where one is a number and the other is not. */
  readonly maxAbsoluteDifference: number;
  /** The largest number that the first model answered: what a difference is to be seen beside. */
  readonly largest: number;
  /** Between both answers, of the output and run where it is least; NaN where one is all zeros, or no number. */
  readonly cosine: number;
};

/**
 * Do two ONNX models compute the same? Both run on the same inputs, which look random and are the same every time.
 *
 * @param name what errors call them.
 * @throws {ArcfaceError} MODEL_MISMATCH where `after` lacks an input or output of `before`, or shapes differ.
 */
export async function compareModels(
  createSession: Host["createSession"],
  before: Uint8Array,
  after: Uint8Array,
  name: string,
  { runs = 3, sizes = {}, freeSize = 64 }: CompareOptions = {},
): Promise<Comparison> {
  await using first = await createSession(before, `${name} before`);
  await using second = await createSession(after, `${name} after`);
  let [maxAbsoluteDifference, largest, cosine] = [0, 0, 1];
  for (let run = 0; run < runs; run++) {
    const feeds = Object.fromEntries(
      first.inputs.map((input, i) => [input.name, randomTensor(input, run * first.inputs.length + i)]),
    );
    const [expected, actual] = [await first.run(feeds), await second.run(feeds)];
    for (const [output, tensor] of Object.entries(expected)) {
      const difference = largestDifference(tensor, actual[output]);
      if (difference === null) {
        throw new ArcfaceError("MODEL_MISMATCH", `${name}: output ${output} is not of the same shape before and after`);
      }
      maxAbsoluteDifference = Math.max(maxAbsoluteDifference, difference);
      for (const x of tensor.data) largest = Math.max(largest, Math.abs(Number(x)));
      const own = cosineOf(tensor, actual[output]!);
      cosine = own < cosine || Number.isNaN(own) ? own : cosine;
    }
  }
  return { runs, maxAbsoluteDifference, largest, cosine };

  function randomTensor({ name: input, dtype, shape }: ValueInfo, seed: number): Tensor {
    if (dtype !== "float32") {
      throw new ArcfaceError("MODEL_MISMATCH", `${name}: expected ${input} to be float32, got ${dtype}`);
    }
    const dims = shape.map((dim, axis) => {
      if (typeof dim === "number" && dim >= 0) return dim;
      return sizes[dim] ?? (axis === 0 ? 1 : freeSize);
    });
    return { dtype, shape: dims, data: noise(sizeOf(dims), seed) };
  }
}

/** Null where the tensors are not of one shape. */
function largestDifference(a: Tensor, b: Tensor | undefined): number | null {
  if (a.shape.join() !== b?.shape.join()) return null;
  let largest = 0;
  for (let i = 0; i < a.data.length; i++) {
    const [x, y] = [Number(a.data[i]), Number(b.data[i])];
    if (Object.is(x, y)) continue;
    const difference = Math.abs(x - y);
    largest = Math.max(largest, Number.isNaN(difference) ? Infinity : difference);
  }
  return largest;
}

function cosineOf(a: Tensor, b: Tensor): number {
  let [product, own, other] = [0, 0, 0];
  for (let i = 0; i < a.data.length; i++) {
    const [x, y] = [Number(a.data[i]), Number(b.data[i])];
    product += x * y;
    own += x * x;
    other += y * y;
  }
  return own === 0 && other === 0 ? 1 : Math.min(1, product / Math.sqrt(own * other));
}
