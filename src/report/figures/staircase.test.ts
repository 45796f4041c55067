import { expect, test } from "vitest";
import { staircase } from "./staircase.ts";

test("a curve goes flat, then straight up, from the axis's first rate on", () => {
  expect(staircase([0, 0.001, 0.01, 1], [0.2, 0.5, 0.9, 1], 0.005)).toEqual([
    { x: 0.005, y: 0.5 },
    { x: 0.01, y: 0.5 },
    { x: 0.01, y: 0.9 },
    { x: 1, y: 0.9 },
    { x: 1, y: 1 },
  ]);
});

test("a curve of a million steps is drawn with some thousand points, none further off than is seen", () => {
  const n = 1_000_000;
  const x = Float64Array.from({ length: n + 1 }, (_, i) => i / n);
  const points = staircase(x, x.map(Math.sqrt), 1e-6);
  expect(points.length).toBeLessThan(20_000);
  expect(points.at(-1)).toEqual({ x: 1, y: 1 });
  for (const { x, y } of points) expect(Math.abs(Math.sqrt(x) - y)).toBeLessThan(2e-3);
});
