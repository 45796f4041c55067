import fc from "fast-check";
import { expect, test } from "vitest";
import { assign } from "./assignment.ts";

/** Σ (cost − limit) over the pairs taken. */
function total(costs: readonly number[], columns: number, limit: number, columnOf: ArrayLike<number>): number {
  return Array.from(columnOf).reduce((sum, j, i) => sum + (j === -1 ? 0 : costs[i * columns + j]! - limit), 0);
}

/** Every way there is. */
function bruteForce(costs: readonly number[], rows: number, columns: number, limit: number): number {
  const best = (row: number, taken: ReadonlySet<number>): number => {
    if (row === rows) return 0;
    let least = best(row + 1, taken);
    for (let j = 0; j < columns; j++) {
      const cost = costs[row * columns + j]!;
      if (taken.has(j) || cost === Infinity) continue;
      least = Math.min(least, cost - limit + best(row + 1, new Set([...taken, j])));
    }
    return least;
  };
  return best(0, new Set());
}

const problem = fc
  .record({ rows: fc.integer({ min: 0, max: 5 }), columns: fc.integer({ min: 0, max: 5 }) })
  .chain(({ rows, columns }) =>
    fc.record({
      rows: fc.constant(rows),
      columns: fc.constant(columns),
      limit: fc.integer({ min: -10, max: 30 }),
      // Whole numbers, so that ties are common; a fifth of the pairs forbidden.
      costs: fc.array(
        fc.oneof(
          { arbitrary: fc.integer({ min: -20, max: 40 }), weight: 4 },
          { arbitrary: fc.constant(Infinity), weight: 1 },
        ),
        { minLength: rows * columns, maxLength: rows * columns },
      ),
    }),
  );

test("no assignment is cheaper than the one found, of every shape up to 5 × 5", () => {
  fc.assert(
    fc.property(problem, ({ costs, rows, columns, limit }) => {
      const columnOf = assign(costs, rows, columns, limit);
      const taken = Array.from(columnOf).filter((j) => j !== -1);
      expect(new Set(taken).size).toBe(taken.length);
      for (const [i, j] of columnOf.entries()) if (j !== -1) expect(costs[i * columns + j]).toBeLessThan(limit);
      expect(total(costs, columns, limit, columnOf)).toBe(bruteForce(costs, rows, columns, limit));
    }),
    { seed: 71, numRuns: 2000 },
  );
});

test("a greedy choice is given up where two pairs together are cheaper", () => {
  // Row 0 is nearest to column 0, but then row 1 would be left with 10.
  expect(Array.from(assign([1, 2, 1.5, 10], 2, 2, 100))).toEqual([1, 0]);
});

test("a row stays alone where its cheapest pair costs the limit", () => {
  expect(Array.from(assign([0.5, 0.7], 2, 1, 0.5))).toEqual([-1, -1]);
  expect(Array.from(assign([0.49, 0.7], 2, 1, 0.5))).toEqual([0, -1]);
});

test("NaN, −Infinity and a matrix of another size are refused", () => {
  expect(() => assign([Number.NaN], 1, 1, 1)).toThrow("NaN");
  expect(() => assign([-Infinity], 1, 1, 1)).toThrow("-Infinity");
  expect(() => assign([1, 2, 3], 2, 2, 1)).toThrow("2 × 2 costs, got 3");
  expect(() => assign([1], 1, 1, Infinity)).toThrow("finite limit");
});
