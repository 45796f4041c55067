import { expect, test } from "vitest";
import { bestOf, defaultPlan, plansFor } from "./plan.ts";

test("a core a worker, but not without end", () => {
  expect(defaultPlan(6)).toEqual({ workers: 6, threads: 1, batch: 4 });
  expect(defaultPlan(1).workers).toBe(1);
  expect(defaultPlan(128).workers).toBe(32);
});

test("splits use the cores there are, and no more", () => {
  expect(plansFor(6, false).map(({ workers, threads }) => [workers, threads])).toEqual([
    [6, 1],
    [3, 2],
    [1, 4],
  ]);
  expect(plansFor(1, true)).toEqual([{ workers: 1, threads: 1, batches: [1] }]);
});

test("the best, and among those that are as good the first", () => {
  const measured = [90, 99, 100, 98.5].map((faces, i) => ({
    workers: 1,
    threads: 1,
    batch: 1 + i,
    crops: 1,
    photographs: 1,
    faces,
  }));
  expect(bestOf(measured).batch).toBe(2);
});
