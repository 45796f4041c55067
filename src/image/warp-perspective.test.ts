import { expect, test } from "vitest";
import { applyHomography, type Homography, homographyOfPoints, IDENTITY } from "../geometry/homography.ts";
import type { Point } from "../geometry/types.ts";
import golden from "./golden/warp-perspective.json" with { type: "json" };
import { createImage } from "./image.ts";
import { warpPerspective } from "./warp-perspective.ts";

const bytes = (base64: string) => new Uint8Array(Buffer.from(base64, "base64"));
const image = createImage(golden.width, golden.height, bytes(golden.pixels));

const ONE_LEVEL = { atol: 1 };

// scripts/golden/warp-perspective.py: OpenCV
test.each(golden.warps.map((one) => [one.name, one] as const))(
  "warpPerspective agrees with cv2.warpPerspective: %s",
  (_, one) => {
    const warped = warpPerspective(image, one.matrix as unknown as Homography, one.width, one.height);
    expect(warped.data).toBeCloseToTensor(bytes(one.pixels), ONE_LEVEL);
  },
);

test("the golden pictures tell OpenCV's convention from a warp half a pixel off", () => {
  const one = golden.warps[0]!;
  const [a, b, c, ...rest] = one.matrix as unknown as Homography;
  const shifted = warpPerspective(image, [a, b, c + 0.5, ...rest], one.width, one.height);
  expect(shifted.data).not.toBeCloseToTensor(bytes(one.pixels), { atol: 20 });
});

// cv2.resize weighs in 2048ths, cv2.warpPerspective places in 32nds: up to 1/64 px of noise, twice.
const PLACED_IN_32NDS = { atol: 8 };

test.each(golden.resizes.map((one) => [one.width, one.height, one.pixels] as const))(
  "edge to edge it scales as cv2.resize to %i×%i",
  (width, height, pixels) => {
    const [sx, sy] = [golden.width / width, golden.height / height];
    const toImage: Homography = [sx, 0, sx / 2 - 0.5, 0, sy, sy / 2 - 0.5, 0, 0, 1];
    expect(warpPerspective(image, toImage, width, height).data).toBeCloseToTensor(bytes(pixels), PLACED_IN_32NDS);
  },
);

test("four points and their targets give cv2.getPerspectiveTransform's matrix", () => {
  const { from, to, matrix } = golden.points;
  const found = homographyOfPoints(from as unknown as Point[], to as unknown as Point[]);
  expect(found.map((value) => value / found[8])).toBeCloseToTensor(matrix, { atol: 1e-9 });
  for (const [i, point] of from.entries()) {
    expect(applyHomography(found, point as unknown as Point)).toBeCloseToTensor(to[i]!, { atol: 1e-9 });
  }
});

test("beyond the image and beyond the pieces it came from, the background shows", () => {
  const within = [{ matrix: [1, 0, -2, 0, 1, 0, 0, 0, 1] as Homography, width: 3, height: 40 }];
  const warped = warpPerspective(image, [1, 0, -1, 0, 1, 0, 0, 0, 1], 8, 1, { background: [1, 2, 3], within });
  const pixel = (i: number) => [...warped.data.subarray(3 * i, 3 * i + 3)];
  const source = (i: number) => [...image.data.subarray(3 * i, 3 * i + 3)];
  expect([0, 1, 2, 3, 4, 5, 6, 7].map(pixel)).toEqual([
    [1, 2, 3],
    [1, 2, 3],
    source(1),
    source(2),
    source(3),
    [1, 2, 3],
    [1, 2, 3],
    [1, 2, 3],
  ]);
});

test("what lies behind the horizon is background, and a warp to nowhere is all of it", () => {
  const behind = warpPerspective(image, [1, 0, 0, 0, 1, 0, 0, 0, -1], 4, 4, { background: [9, 9, 9] });
  expect(behind.data).toEqual(new Uint8Array(48).fill(9));
  const away = warpPerspective(image, [1, 0, 5000, 0, 1, 0, 0, 0, 1], 4, 4, { background: [9, 9, 9] });
  expect(away.data).toEqual(new Uint8Array(48).fill(9));
});

test("it refuses numbers that are none, and sizes that are none", () => {
  expect(() => warpPerspective(image, [Number.NaN, 0, 0, 0, 1, 0, 0, 0, 1], 4, 4)).toThrow(
    "expected nine finite numbers",
  );
  expect(() => warpPerspective(image, IDENTITY, 0, 4)).toThrow("image: expected a width and height");
});
