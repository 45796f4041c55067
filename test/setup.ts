import { expect } from "vitest";
import { closeTo, type Tolerance } from "./close-to.ts";

type NumberList = ArrayLike<number> | readonly (readonly number[])[];

declare module "vitest" {
  interface Matchers<T> {
    /** Element by element: |actual − expected| ≤ atol + rtol·|expected|; NaN is close to nothing. */
    toBeCloseToTensor(expected: NumberList, tolerance: Tolerance): T;
  }
}

expect.extend({
  toBeCloseToTensor(actual: NumberList, expected: NumberList, tolerance: Tolerance) {
    const problem = closeTo(flat(actual), flat(expected), tolerance);
    return { pass: problem === null, message: () => problem ?? "expected the values to differ, and they are close" };
  },
});

function flat(values: NumberList): ArrayLike<number> {
  return Array.isArray(values) ? ((values as unknown[]).flat(3) as number[]) : (values as ArrayLike<number>);
}
