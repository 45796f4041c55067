import { expect, test } from "vitest";
import type { Affine } from "../geometry/types.ts";
import golden from "./golden/warp.json" with { type: "json" };
import { createImage } from "./image.ts";
import { warpAffine } from "./warp.ts";

const bytes = (base64: string) => new Uint8Array(Buffer.from(base64, "base64"));
const image = createImage(golden.width, golden.height, bytes(golden.pixels));

/** OpenCV 4.6 is met exactly; later versions may make the golden file anew with other kernels, one grey level off. */
const ONE_LEVEL = { atol: 1 };

// scripts/golden/warp.py: OpenCV
test.each(golden.cases.map((one) => [one.name, one] as const))(
  "warpAffine agrees with cv2.warpAffine: %s",
  (_, one) => {
    const crop = warpAffine(image, one.affine as unknown as Affine, one.width, one.height);
    expect([crop.width, crop.height]).toEqual([one.width, one.height]);
    expect(crop.data).toBeCloseToTensor(bytes(one.pixels), ONE_LEVEL);
  },
);

test("the golden crops tell OpenCV's convention from a warp half a pixel off", () => {
  const face = golden.cases[2]!;
  const [a, b, c, d, e, f] = face.affine as unknown as Affine;
  const shifted = warpAffine(image, [a, b, c + 0.5, d, e, f + 0.5], face.width, face.height);
  expect(shifted.data).not.toBeCloseToTensor(bytes(face.pixels), { atol: 20 });
});

test("a whole shift moves pixels unchanged", () => {
  const crop = warpAffine(image, [1, 0, -3, 0, 1, -2], 4, 4);
  for (let y = 0; y < 4; y++) {
    const from = 3 * ((y + 2) * image.width + 3);
    expect(crop.data.subarray(12 * y, 12 * y + 12)).toEqual(image.data.subarray(from, from + 12));
  }
});

test("an image of one pixel fades to black over one pixel around it", () => {
  const dot = createImage(1, 1, new Uint8Array([200, 100, 40]));
  const crop = warpAffine(dot, [2, 0, 2, 0, 2, 2], 5, 5);
  expect([...crop.data].filter((_, i) => i % 3 === 0)).toEqual([
    0, 0, 0, 0, 0, 0, 50, 100, 50, 0, 0, 100, 200, 100, 0, 0, 50, 100, 50, 0, 0, 0, 0, 0, 0,
  ]);
});

test("transforms to the end of the world give black, not an exception", () => {
  expect(warpAffine(image, [1e-12, 0, 0, 0, 1e-12, 1e9], 3, 3).data).toEqual(new Uint8Array(27));
});

test("warpAffine refuses what cannot be inverted, and sizes that are none", () => {
  expect(() => warpAffine(image, [1, 1, 0, 1, 1, 0], 4, 4)).toThrow("expected an invertible affine");
  expect(() => warpAffine(image, [Number.NaN, 1, 0, 1, 1, 0], 4, 4)).toThrow("expected an invertible affine");
  expect(() => warpAffine(image, [1, 0, 0, 0, 1, 0], 0, 4)).toThrow("image: expected a width and height");
  expect(() => warpAffine(image, [1, 0, 0, 0, 1, 0], 4, 2.5)).toThrow("image: expected a width and height");
});
