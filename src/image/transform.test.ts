import { expect, test } from "vitest";
import { mapBox } from "../geometry/box.ts";
import { applyAffine, invertAffine } from "../geometry/similarity.ts";
import type { Affine, Point } from "../geometry/types.ts";
import { createImage, type Image } from "./image.ts";
import { flipAffine, flipHorizontal, type QuarterTurns, rotate90, rotate90Affine } from "./transform.ts";

/** Pixels numbered 1, 2, 3 / 4, 5, 6 in red; green and blue tell channels apart. */
const image = createImage(
  3,
  2,
  Uint8Array.from({ length: 18 }, (_, i) => (i % 3) * 100 + Math.floor(i / 3) + 1),
);
const numbers = ({ data }: Image) => [...data].filter((_, i) => i % 3 === 0);

test.each<[QuarterTurns, number, number, number[]]>([
  [0, 3, 2, [1, 2, 3, 4, 5, 6]],
  [1, 2, 3, [4, 1, 5, 2, 6, 3]],
  [2, 3, 2, [6, 5, 4, 3, 2, 1]],
  [3, 2, 3, [3, 6, 2, 5, 1, 4]],
])("%i quarter turns go clockwise", (turns, width, height, expected) => {
  const turned = rotate90(image, turns);
  expect([turned.width, turned.height]).toEqual([width, height]);
  expect(numbers(turned)).toEqual(expected);
  expect([...turned.data].map((value, i) => value - (i % 3) * 100)).toEqual(expected.flatMap((n) => [n, n, n]));
});

test("a mirror image swaps left and right, and twice is the image", () => {
  expect(numbers(flipHorizontal(image))).toEqual([3, 2, 1, 6, 5, 4]);
  expect(flipHorizontal(flipHorizontal(image))).toEqual(image);
});

test("turning on makes four quarters the image again", () => {
  expect(rotate90(rotate90(image, 1), 3)).toEqual(image);
  expect(rotate90(rotate90(image, 2), 2)).toEqual(image);
});

const moves: [string, (image: Image) => Image, (width: number, height: number) => Affine][] = [
  ...([0, 1, 2, 3] as const).map((turns): [string, (image: Image) => Image, (w: number, h: number) => Affine] => [
    `${turns} turns`,
    (from) => rotate90(from, turns),
    (w, h) => rotate90Affine(w, h, turns),
  ]),
  ["the mirror", flipHorizontal, flipAffine],
];

test.each(moves)("points follow the pixels through %s, and back", (_, move, affineOf) => {
  const affine = affineOf(3, 2);
  const moved = move(image);
  for (let y = 0; y < 2; y++) {
    for (let x = 0; x < 3; x++) {
      const [u, v] = applyAffine(affine, [x, y]);
      expect(moved.data[3 * (v * moved.width + u)]).toBe(image.data[3 * (3 * y + x)]);
      expect(applyAffine(invertAffine(affine), [u, v])).toBeCloseToTensor([x, y] satisfies Point, { atol: 1e-12 });
    }
  }
});

test("a box found in a turned image comes back onto the same pixels", () => {
  const back = invertAffine(rotate90Affine(640, 480, 1));
  // The turned image is 480×640; its top right corner was the photo's top left.
  expect(mapBox(back, [379, 0, 479, 50])).toEqual([0, 0, 50, 100]);
});
