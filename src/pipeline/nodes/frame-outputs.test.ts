import fc from "fast-check";
import { expect, test } from "vitest";
import { limitRate } from "./frame-outputs.ts";

/** Which of the frames of a camera that trembles are kept, by number. */
function kept(rate: number, limit: number, count: number, tremble: readonly number[] = [0]): number[] {
  const admits = limitRate(limit);
  const time = (k: number) => 5000 + (1000 / rate) * (k + tremble[k % tremble.length]!);
  return Array.from({ length: count }, (_, k) => k).filter((k) => admits(time(k)));
}

test("a limit keeps frames evenly, at no more than its rate", () => {
  expect(kept(10, 5, 10)).toEqual([0, 2, 4, 6, 8]);
  expect(kept(25, 10, 16)).toEqual([0, 3, 5, 8, 10, 13, 15]);
  expect(kept(40, 10, 10)).toEqual([0, 4, 8]);
});

test("a limit above the camera's rate, or just at it, leaves none out", () => {
  expect(kept(25, 30, 1000)).toHaveLength(1000);
  expect(kept(30000 / 1001, 30, 3000)).toHaveLength(3000);
});

test("however a camera trembles, the limit is kept and no frame that is due is left out", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 5, max: 60, noNaN: true }),
      fc.double({ min: 1, max: 60, noNaN: true }),
      fc.array(fc.double({ min: -0.07, max: 0.07, noNaN: true }), { minLength: 1, maxLength: 20 }),
      (rate, limit, tremble) => {
        const count = kept(rate, limit, 600, tremble).length;
        const seconds = 600 / rate;
        expect(count).toBeLessThanOrEqual(Math.ceil(limit * seconds) + 1);
        // Frames are kept at least as often as the next one after each moment.
        expect(count).toBeGreaterThanOrEqual(Math.floor(600 / Math.ceil((1.14 * rate) / limit + 0.14)));
      },
    ),
    { seed: 23, numRuns: 300 },
  );
});
