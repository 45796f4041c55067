import { expect, test } from "vitest";
import { createPyramid, sampleCrop, windowAffine } from "./crop-sampler.ts";
import { createImage, type Image } from "./image.ts";

function paint(
  width: number,
  height: number,
  colour: (x: number, y: number) => readonly [number, number, number],
): Image {
  const image = createImage(width, height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) image.data.set(colour(x, y), 3 * (y * width + x));
  }
  return image;
}

const at = ({ width, data }: Image, x: number, y: number) => [
  ...data.subarray(3 * (y * width + x), 3 * (y * width + x) + 3),
];
const noise = paint(7, 5, (x, y) => [(x * 53 + y * 97) % 256, (x * 31 + y * 11) % 256, (x * 7 + y * 201) % 256]);

test("the identity gives the image back, every channel", () => {
  expect(sampleCrop(createPyramid(noise), [1, 0, 0, 0, 1, 0], 7, 5).data).toEqual(noise.data);
});

test("the window of the whole image at its own size is the identity", () => {
  expect(windowAffine({ centre: [3, 2], size: [7, 5] }, 7, 5)).toBeCloseToTensor([1, 0, 0, 0, 1, 0], { atol: 1e-12 });
});

test("halfway between pixels is their mean, per channel", () => {
  const crop = sampleCrop(createPyramid(noise), [1, 0, 0.5, 0, 1, 0.25], 1, 1);
  const expected = [0, 1, 2].map((k) => {
    const [a, b, c, d] = [at(noise, 0, 0)[k]!, at(noise, 1, 0)[k]!, at(noise, 0, 1)[k]!, at(noise, 1, 1)[k]!];
    return Math.round(0.75 * (a + b) * 0.5 + 0.25 * (c + d) * 0.5);
  });
  expect([...crop.data]).toEqual(expected);
});

test("outside is black, and the edge fades over one pixel", () => {
  const white = paint(4, 4, () => [255, 255, 255]);
  const crop = sampleCrop(createPyramid(white), [1, 0, -2.5, 0, 1, 1], 8, 1);
  // x = −2.5, −1.5, −0.5, 0.5, 1.5, 2.5, 3.5, 4.5
  expect([...crop.data].filter((_, i) => i % 3 === 1)).toEqual([0, 0, 128, 255, 255, 255, 128, 0]);
  const tall = sampleCrop(createPyramid(white), [1, 0, 1, 0, 1, -2.5], 1, 8);
  expect([...tall.data].filter((_, i) => i % 3 === 1)).toEqual([0, 0, 128, 255, 255, 255, 128, 0]);
});

test("half the size is the 2×2 means exactly: level pixel k lies at 2k + ½", () => {
  const image = paint(8, 4, (x, y) => [x * 30, y * 60, 8 * x + 4 * y]);
  const affine = windowAffine({ centre: [3.5, 1.5], size: [8, 4] }, 4, 2);
  const half = sampleCrop(createPyramid(image), affine, 4, 2);
  expect(at(half, 0, 0)).toEqual([15, 30, 6]);
  expect(at(half, 3, 1)).toEqual([195, 150, 62]);
});

test.each([
  [1.6, 0], // log2 = 0.68, + ¼ < 1
  [1.7, 1], // log2 = 0.77, + ¼ ≥ 1
  [3.3, 1],
  [3.4, 2],
])("shrinking by %f reads level %i", (scale, expectedLevel) => {
  const asked: number[] = [];
  const pyramid = createPyramid(noise);
  const level = (index: number) => {
    asked.push(index);
    return pyramid.level(index);
  };
  sampleCrop({ image: noise, level }, [scale, 0, 0, 0, scale, 0], 2, 2);
  expect(asked).toEqual([expectedLevel]);
});

test("a ramp stays where it is at every scale: levels carry no shift", () => {
  const ramp = paint(256, 256, (x, y) => [x, y, 0]);
  const pyramid = createPyramid(ramp);
  for (const side of [200, 100, 61, 32, 17, 9]) {
    const affine = windowAffine({ centre: [127.5, 127.5], size: 200 }, side, side);
    const crop = sampleCrop(pyramid, affine, side, side);
    for (const i of [1, Math.floor(side / 2), side - 2]) {
      const x = affine[0] * i + affine[2];
      // ½ for rounding here and up to ½ for the rounded means of four levels.
      expect(Math.abs(at(crop, i, 3)[0]! - x)).toBeLessThan(1);
      expect(Math.abs(at(crop, 3, i)[1]! - x)).toBeLessThan(1);
    }
  }
});

test("a window turned by a quarter turns what it shows: the crop's x axis points down the image", () => {
  const image = paint(4, 4, (x, y) => [10 * x, 10 * y, 0]);
  const crop = sampleCrop(
    createPyramid(image),
    windowAffine({ centre: [1.5, 1.5], size: 4, angle: Math.PI / 2 }, 4, 4),
    4,
    4,
  );
  expect(at(crop, 3, 0)).toEqual(at(image, 3, 3));
  expect(at(crop, 0, 0)).toEqual(at(image, 3, 0));
  expect(at(crop, 0, 3)).toEqual(at(image, 0, 0));
});

test("odd sizes average the last row and column with themselves, and the levels end at 1×1", () => {
  const pyramid = createPyramid(noise);
  const one = pyramid.level(1);
  expect([one.width, one.height]).toEqual([4, 3]);
  expect(at(one, 3, 2)).toEqual(at(noise, 6, 4));
  expect(at(one, 0, 2)[0]).toBe(Math.round((at(noise, 0, 4)[0]! + at(noise, 1, 4)[0]!) / 2));
  expect([pyramid.level(9).width, pyramid.level(9).height]).toEqual([1, 1]);
});

test("a grey image shrunk beyond its last level is still its grey", () => {
  const grey = paint(3, 2, () => [100, 150, 200]);
  const crop = sampleCrop(createPyramid(grey), windowAffine({ centre: [1, 0.5], size: 3 }, 1, 1), 1, 1);
  expect([...crop.data]).toEqual([100, 150, 200]);
  const tiny = sampleCrop(createPyramid(grey), [64, 0, 1, 0, 64, 0.5], 1, 1);
  expect(tiny.data[0]).toBeGreaterThan(0);
});

test.each([
  [Number.NaN, 10],
  [10, 0],
  [10, -3],
  [Number.POSITIVE_INFINITY, 10],
])("windowAffine refuses a centre at %f with size %f", (x, size) => {
  expect(() => windowAffine({ centre: [x, 0], size }, 8, 8)).toThrow(
    "windowAffine: expected finite numbers and positive",
  );
});

test("sampleCrop refuses sizes and affines that are not", () => {
  const pyramid = createPyramid(noise);
  expect(() => sampleCrop(pyramid, [1, 0, 0, 0, 1, 0], 0, 4)).toThrow("at least one whole pixel, got 0×4");
  expect(() => sampleCrop(pyramid, [1, 0, Number.NaN, 0, 1, 0], 4, 4)).toThrow("six finite numbers");
});
