import { float32, sizeOf, type Tensor } from "../tensor/tensor.ts";

/** A parameter's gradient, momentum and weights, in one array: what an update multiplies. */
export type UpdateRows = {
  /** [3, n] */
  readonly rows: Tensor;
  /** [2, n]: momentum and weights, the last two of the rows. */
  readonly updated: Tensor;
  /** In the parameter's shape, each a view of its row. */
  readonly gradient: Tensor;
  readonly momentum: Tensor;
  readonly weights: Tensor;
};

export function updateRows(shape: readonly number[]): UpdateRows {
  const n = sizeOf(shape);
  const all = new Float32Array(3 * n);
  const row = (i: number) => float32(all.subarray(i * n, (i + 1) * n), shape);
  return {
    rows: float32(all, [3, n]),
    updated: float32(all.subarray(n), [2, n]),
    gradient: row(0),
    momentum: row(1),
    weights: row(2),
  };
}
