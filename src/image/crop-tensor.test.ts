import { expect, test } from "vitest";
import type { Affine } from "../geometry/types.ts";
import { createRandom } from "../tensor/random.ts";
import { createPyramid, sampleCrop } from "./crop-sampler.ts";
import { cropsToTensor } from "./crop-tensor.ts";
import { createImage } from "./image.ts";
import { imagesToTensor, type PixelFormat } from "./to-tensor.ts";

const formats: readonly PixelFormat[] = [
  { color: "RGB", layout: "NCHW", mean: [127.5, 127.5, 127.5], scale: [127.5, 127.5, 127.5] },
  { color: "BGR", layout: "NCHW", mean: [104, 117, 123], scale: [1, 57, 58] },
  { color: "BGR", layout: "NHWC", mean: [1, 2, 3], scale: [255, 255, 255] },
  { color: "RGB", layout: "NHWC", mean: [0, 0, 0], scale: [255, 128, 64] },
  { color: "GRAY", layout: "NCHW", mean: [0], scale: [256] },
];

test.each(formats)("crops along any affine, number by number as in two steps: $color $layout", (format) => {
  const random = createRandom(7);
  const image = createImage(61, 40);
  image.data.forEach((_, i) => {
    image.data[i] = random.uniform() * 256;
  });
  const pyramid = createPyramid(image);
  for (let round = 0; round < 40; round++) {
    const number = (size: number): number => (2 * random.uniform() - 1) * size;
    const affines = Array.from({ length: 1 + (round % 3) }, (): Affine => {
      const span = 2 ** number(4);
      return [number(span), number(span), 30 + number(40), number(span), number(span), 20 + number(30)];
    });
    const twoSteps = imagesToTensor(
      affines.map((affine) => sampleCrop(pyramid, affine, 9, 13)),
      format,
    );
    expect(cropsToTensor(pyramid, affines, 9, 13, format)).toEqual(twoSteps);
  }
});

test("no crop, and what does not fit the channels, are refused as in two steps", () => {
  const pyramid = createPyramid(createImage(4, 4));
  expect(() => cropsToTensor(pyramid, [], 2, 2, formats[0]!)).toThrow(/at least one image/);
  const short = { ...formats[0]!, mean: [1] };
  expect(() => cropsToTensor(pyramid, [[1, 0, 0, 0, 1, 0]], 2, 2, short)).toThrow(/3 means and scales for RGB/);
});
