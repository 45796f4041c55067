import fc from "fast-check";
import { expect, test } from "vitest";
import { dot, l2Normalize } from "../tensor/vector.ts";
import { GROUP } from "./int8-kernel.ts";
import { clearInt8Row, toInt16Query, writeInt8Row } from "./int8-rows.ts";
import { nearby, randomEmbedding } from "./testing/embeddings.ts";

/** The numbers of a row, out of the kernel's order. */
const numbersOf = (rows: Int8Array, stride: number, row: number): number[] =>
  Array.from({ length: stride }, (_, i) => {
    const group = row - (row % GROUP);
    return rows[group * stride + (i >> 1) * GROUP * 2 + (row % GROUP) * 2 + (i & 1)]!;
  });

const vectors = fc
  .array(fc.oneof(fc.constantFrom(0, 1, -1, 1e-5, 1e9, -3e-20), fc.float({ min: -1, max: 1, noNaN: true })), {
    minLength: 7,
    maxLength: 7,
  })
  .map((values) => Float32Array.from(values))
  .filter((values) => dot(values, values) > 1e-30);

test("a similarity by int8 is off by no more than is said (2,000 cases)", () => {
  fc.assert(
    fc.property(vectors, vectors, fc.nat(31), (embedding, asked, row) => {
      const probe = l2Normalize(asked);
      const rows = new Int8Array(2 * GROUP * 8);
      const { scale, error } = writeInt8Row(embedding, rows, 8, row);
      const query = toInt16Query(probe, 8);
      const products = numbersOf(rows, 8, row).map((value, i) => value * query.values[i]!);
      const similarity = products.reduce((sum, product) => sum + product, 0) * scale * query.factor;
      const exact = dot(l2Normalize(embedding), probe);
      expect(Math.abs(similarity - exact)).toBeLessThanOrEqual(error + query.slack);
    }),
    { seed: 3, numRuns: 2000 },
  );
});

// The bound would be true of anything if it were large: of 512 numbers int8 keeps a hundredth.
test("the bound of 512 numbers is below 0.01, and the query's share of it below 0.0002", () => {
  const rows = new Int8Array(GROUP * 512);
  const { error } = writeInt8Row(randomEmbedding(1), rows, 512, 3);
  expect(error).toBeLessThan(0.01);
  expect(toInt16Query(nearby(randomEmbedding(1), 1, 2), 512).slack).toBeLessThan(2e-4);
});

test("sums of products stay within int32, whatever the length", () => {
  for (const length of [512, 516, 2000, 100_000]) {
    const query = toInt16Query(new Float32Array(length).fill(1 / Math.sqrt(length)), length);
    expect(127 * query.values.reduce((sum, value) => sum + Math.abs(value), 0)).toBeLessThan(2 ** 31);
  }
});

test("a row that is cleared is zeros, and its neighbours are as they were", () => {
  const rows = new Int8Array(GROUP * 10);
  for (let row = 0; row < GROUP; row++) writeInt8Row(randomEmbedding(row, 9), rows, 10, row);
  const before = Array.from({ length: GROUP }, (_, row) => numbersOf(rows, 10, row));
  clearInt8Row(rows, 10, 6);
  expect(numbersOf(rows, 10, 6)).toEqual(new Array(10).fill(0));
  for (let row = 0; row < GROUP; row++) if (row !== 6) expect(numbersOf(rows, 10, row)).toEqual(before[row]);
});
