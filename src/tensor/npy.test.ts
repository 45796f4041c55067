import { expect, test } from "vitest";
import { NPY_DATA, npyHeader } from "./npy.ts";

test("what NumPy 1.24 writes before 3×512 float32, on a line as long as ours", () => {
  const header = npyHeader([3, 512]);
  expect(header).toHaveLength(NPY_DATA);
  expect([...header.subarray(0, 10)]).toEqual([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 118, 0]);
  const text = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 512), }";
  expect(new TextDecoder().decode(header.subarray(10))).toBe(`${text.padEnd(117)}\n`);
});

test("a shape of one dimension is a tuple of one; a shape beyond the header is refused", () => {
  expect(new TextDecoder().decode(npyHeader([7]))).toContain("'shape': (7,), }");
  expect(() => npyHeader(Array(40).fill(1))).toThrow(/fewer numbers/);
});
