import { expect, test } from "vitest";
import type { Box } from "../geometry/types.ts";
import { isWhole, mergeLooks, tileGrid } from "./tiles.ts";

const image = { width: 700, height: 350 };

test("tileGrid covers the image from edge to edge, neighbours sharing a quarter of their side", () => {
  // 2 − ¼ sides to 700 and 350: 400×200 tiles, 300 and 150 apart.
  expect(tileGrid(image, 2)).toEqual([
    [0, 0, 400, 200],
    [300, 0, 700, 200],
    [0, 150, 400, 350],
    [300, 150, 700, 350],
  ]);
  const nine = tileGrid(image, 3);
  expect(nine).toHaveLength(9);
  expect(nine[0]!.slice(0, 2)).toEqual([0, 0]);
  expect(nine[8]!.slice(2)).toBeCloseToTensor([700, 350], { atol: 1e-9 });
});

test("isWhole refuses a face cut by a tile's edge, unless it is the image's", () => {
  const [topLeft] = tileGrid(image, 2) as [Box];
  expect(isWhole([100, 50, 150, 100], topLeft, image)).toBe(true);
  expect(isWhole([380, 50, 405, 100], topLeft, image)).toBe(false);
  expect(isWhole([100, 170, 150, 199], topLeft, image)).toBe(false);
  expect(isWhole([-5, -5, 20, 20], topLeft, image)).toBe(true);
});

test("mergeLooks drops a part of a face that comes after the whole", () => {
  const whole = { box: [0, 0, 100, 100] as const, score: 0.5 };
  const part = { box: [60, 0, 120, 100] as const, score: 0.9 };
  const apart = { box: [80, 80, 150, 150] as const, score: 0.4 };
  expect(mergeLooks([whole, part, apart])).toEqual([whole, apart]);
});
