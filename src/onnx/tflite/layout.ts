/**
 * How a tensor lies in the ONNX graph: `plain` as in the TensorFlow Lite file (NHWC where it is an image), or
 * `nchw`, which only tensors of rank 4 may be.
 */
export type Layout = "plain" | "nchw";

const TO_NCHW = [0, 3, 1, 2];
const TO_NHWC = [0, 2, 3, 1];

/** The permutation of ONNX's Transpose that brings rank 4 into a layout from the other one. */
export function permutationTo(layout: Layout): readonly number[] {
  return layout === "nchw" ? TO_NCHW : TO_NHWC;
}

/** A shape (or any list with one value an axis) of rank 4 as it is in NCHW. */
export function toNchw<T>(values: readonly T[]): T[] {
  return TO_NCHW.map((axis) => values[axis]!);
}

/** Where an axis of an NHWC tensor of rank 4 went; negative axes count from the end. */
export function axisIn(layout: Layout, axis: number, rank: number): number {
  const positive = axis < 0 ? axis + rank : axis;
  return layout === "nchw" ? TO_NCHW.indexOf(positive) : positive;
}

/** `data` of `shape` with its axes in another order: result axis i is axis `permutation[i]`. */
export function transpose(
  data: Float32Array<ArrayBuffer>,
  shape: readonly number[],
  permutation: readonly number[],
): Float32Array<ArrayBuffer> {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((size, dim) => size * dim, 1));
  const outShape = permutation.map((axis) => shape[axis]!);
  const outStrides = permutation.map((axis) => strides[axis]!);
  const out = new Float32Array(data.length);
  const index = outShape.map(() => 0);
  let from = 0;
  for (let to = 0; to < out.length; to++) {
    out[to] = data[from]!;
    for (let axis = index.length - 1; axis >= 0; axis--) {
      from += outStrides[axis]!;
      if (++index[axis]! < outShape[axis]!) break;
      from -= outStrides[axis]! * outShape[axis]!;
      index[axis] = 0;
    }
  }
  return out;
}
