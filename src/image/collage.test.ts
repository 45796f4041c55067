import { expect, test } from "vitest";
import { collage, paste, resize } from "./collage.ts";
import { createImage, type Image } from "./image.ts";

function plain(width: number, height: number, colour: readonly [number, number, number]): Image {
  const image = createImage(width, height);
  for (let i = 0; i < image.data.length; i++) image.data[i] = colour[i % 3]!;
  return image;
}

const at = ({ width, data }: Image, x: number, y: number): number[] => [
  ...data.subarray(3 * (y * width + x), 3 * (y * width + x) + 3),
];

test("resize keeps a plain colour and the corners' colours of four quarters", () => {
  const quarters = createImage(64, 64);
  for (let y = 0; y < 64; y++)
    for (let x = 0; x < 64; x++) quarters.data.set([x < 32 ? 200 : 0, y < 32 ? 100 : 0, 50], 3 * (64 * y + x));
  const small = resize(quarters, 8, 8);
  expect([at(small, 1, 1), at(small, 6, 1), at(small, 1, 6), at(small, 6, 6)]).toEqual([
    [200, 100, 50],
    [0, 100, 50],
    [200, 0, 50],
    [0, 0, 50],
  ]);
});

test("paste cuts what reaches over the edge", () => {
  const canvas = createImage(4, 4);
  paste(canvas, plain(3, 3, [9, 8, 7]), 2, 3);
  expect(at(canvas, 2, 3)).toEqual([9, 8, 7]);
  expect(at(canvas, 3, 3)).toEqual([9, 8, 7]);
  expect(canvas.data.filter((v) => v !== 0).length).toBe(6);
});

test("a collage holds every picture, in order, unstretched, within its width", () => {
  const [red, green, blue] = [plain(300, 200, [255, 0, 0]), plain(200, 300, [0, 255, 0]), plain(400, 100, [0, 0, 255])];
  const made = collage([red, green, blue], 500, 250);
  expect(made.width).toBe(500);
  const share = (channel: number): number => {
    let n = 0;
    for (let i = 0; i < made.data.length; i += 3) if (made.data[i + channel]! > 200) n++;
    return n;
  };
  // Red and green share a line of one height, so their areas are as their aspects: 1.5 to 0.667.
  expect(share(0) / share(1)).toBeCloseTo(2.25, 1);
  expect(share(2)).toBeGreaterThan(0);
});

test("a collage of nothing is refused", () => {
  expect(() => collage([], 100, 100)).toThrow("collage: expected at least one picture, got none");
});
