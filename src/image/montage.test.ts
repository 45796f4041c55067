import { expect, test } from "vitest";
import { createImage, type Image } from "./image.ts";
import { layOutMontage } from "./montage.ts";

const crop = (level: number, size = 20): Image => createImage(size, size, new Uint8Array(3 * size * size).fill(level));

/** Where pixels of a level lie: [x0, y0, x1, y1], ends included. */
function extent({ width, data }: Image, level: number): number[] {
  const at = [...data.keys()].filter((i) => i % 3 === 0 && data[i] === level).map((i) => i / 3);
  const xs = at.map((i) => i % width);
  const ys = at.map((i) => Math.floor(i / width));
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

test("crops of a row stand side by side, rows below each other, longer rows go on below", () => {
  const rows = [
    { label: "Ada", crops: [{ image: crop(100) }, { image: crop(110) }, { image: crop(120) }] },
    { label: "Grace", crops: [{ image: crop(200), caption: "91" }] },
  ];
  const { image, overlay } = layOutMontage(rows, { columns: 2 });
  const at = (level: number) => extent(image, level);
  const [a, b, c, d] = [at(100), at(110), at(120), at(200)];
  expect([a, b, c, d].map(([x0, y0, x1, y1]) => [x1! - x0!, y1! - y0!])).toEqual(Array(4).fill([19, 19]));
  expect(b[1]).toBe(a[1]);
  expect(b[0]).toBeGreaterThan(a[2]!);
  expect(c[0]).toBe(a[0]);
  expect(c[1]).toBeGreaterThan(a[3]!);
  expect([d[0], d[1]! > c[3]!]).toEqual([a[0], true]);
  expect(overlay).toContain(`width="${image.width}" height="${image.height}"`);
  expect(overlay).toMatch(/>Ada<.*>Grace<.*>91</s);
});

test("no crop, crops of two sizes and no columns are refused", () => {
  expect(() => layOutMontage([])).toThrow("montage: expected at least one crop, got none");
  const mixed = [{ label: "Ada", crops: [{ image: crop(1) }, { image: crop(1, 21) }] }];
  expect(() => layOutMontage(mixed)).toThrow("montage: expected crops of one size, 20×20, got 21×21");
  expect(() => layOutMontage([{ label: "Ada", crops: [{ image: crop(1) }] }], { columns: 0 })).toThrow(
    "a number of columns",
  );
});
