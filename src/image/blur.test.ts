import { expect, test } from "vitest";
import { sharpness } from "./blur.ts";
import golden from "./golden/blur.json" with { type: "json" };
import { createImage } from "./image.ts";

// scripts/golden/blur.py: OpenCV on the same pixels; grey levels are whole numbers on both sides
test.each(golden)(
  "the variance of the Laplacian at $width×$height is OpenCV's",
  ({ width, height, sharpness: expected }) => {
    const pixels = Uint8Array.from(
      { length: 3 * width * height },
      (_, i) => Math.floor((i * i * 31 + i * 7) / 16) % 256,
    );
    expect([sharpness(createImage(width, height, pixels))]).toBeCloseToTensor([expected], { atol: 1e-6, rtol: 1e-9 });
  },
);

test("one colour has no sharpness, and an even slope has it at its ends only", () => {
  expect(sharpness(createImage(9, 9))).toBe(0);
  const slope = createImage(
    64,
    4,
    Uint8Array.from({ length: 768 }, (_, i) => 3 * (Math.floor(i / 3) % 64)),
  );
  expect(sharpness(slope)).toBeLessThan(2);
});

test("a sharp edge scores above the same edge softened", () => {
  const edge = (level: (x: number) => number) =>
    createImage(
      16,
      16,
      Uint8Array.from({ length: 768 }, (_, i) => level(Math.floor(i / 3) % 16)),
    );
  const sharp = sharpness(edge((x) => (x < 8 ? 40 : 200)));
  const soft = sharpness(edge((x) => 40 + 160 / (1 + Math.exp(8 - x))));
  expect(sharp).toBeGreaterThan(5 * soft);
});
