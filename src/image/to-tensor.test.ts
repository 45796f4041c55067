import { expect, test } from "vitest";
import { createImage } from "./image.ts";
import { imagesToTensor, type PixelFormat } from "./to-tensor.ts";

/** 2×1: no two of the six values alike. */
const image = createImage(2, 1, new Uint8Array([10, 20, 30, 40, 50, 60]));
const PLAIN: PixelFormat = { color: "RGB", layout: "NCHW", mean: [0, 0, 0], scale: [1, 1, 1] };

/** float32 of small numbers. */
const FLOAT = { atol: 1e-5 };

test.each<[string, Partial<PixelFormat>, number[], number[]]>([
  ["RGB planes", {}, [1, 3, 1, 2], [10, 40, 20, 50, 30, 60]],
  ["BGR planes", { color: "BGR" }, [1, 3, 1, 2], [30, 60, 20, 50, 10, 40]],
  ["RGB pixels", { layout: "NHWC" }, [1, 1, 2, 3], [10, 20, 30, 40, 50, 60]],
  ["BGR pixels", { color: "BGR", layout: "NHWC" }, [1, 1, 2, 3], [30, 20, 10, 60, 50, 40]],
  ["grey", { color: "GRAY", mean: [0], scale: [1] }, [1, 1, 1, 2], [18.15, 48.15]],
  ["grey pixels", { color: "GRAY", layout: "NHWC", mean: [0], scale: [1] }, [1, 1, 2, 1], [18.15, 48.15]],
  ["scaled grey", { color: "GRAY", mean: [8.15], scale: [10] }, [1, 1, 1, 2], [1, 4]],
])("%s", (_, format, shape, values) => {
  const tensor = imagesToTensor([image], { ...PLAIN, ...format });
  expect([tensor.dtype, tensor.shape]).toEqual(["float32", shape]);
  expect(tensor.data).toBeCloseToTensor(values, FLOAT);
});

test("grey weighs red, green and blue as cv2 does: a swap of red and blue shows", () => {
  const grey: PixelFormat = { color: "GRAY", layout: "NCHW", mean: [0], scale: [1] };
  const level = (...rgb: number[]) => imagesToTensor([createImage(1, 1, new Uint8Array(rgb))], grey).data[0];
  expect([level(255, 0, 0), level(0, 255, 0), level(0, 0, 255)]).toBeCloseToTensor([76.245, 149.685, 29.07], FLOAT);
});

test("mean is taken off before scale divides, each for its own channel", () => {
  const format: PixelFormat = { ...PLAIN, mean: [1, 2, 3], scale: [2, 4, 8] };
  expect(imagesToTensor([image], format).data).toBeCloseToTensor([4.5, 19.5, 4.5, 12, 27 / 8, 57 / 8], FLOAT);
});

test("mean and scale follow the colour order: the first is blue's for BGR", () => {
  const format: PixelFormat = { ...PLAIN, color: "BGR", mean: [30, 0, 0], scale: [10, 1, 1] };
  expect(imagesToTensor([image], format).data).toBeCloseToTensor([0, 3, 20, 50, 10, 40], FLOAT);
});

test("the ends of ArcFace's range are −1 and 1", () => {
  const format: PixelFormat = { ...PLAIN, mean: [127.5, 127.5, 127.5], scale: [127.5, 127.5, 127.5] };
  const ends = createImage(1, 1, new Uint8Array([0, 255, 255]));
  expect(imagesToTensor([ends], format).data).toBeCloseToTensor([-1, 1, 1], FLOAT);
});

test("a batch is its images one behind another, rows before columns", () => {
  const tall = createImage(1, 2, new Uint8Array([1, 2, 3, 4, 5, 6]));
  const other = createImage(1, 2, new Uint8Array([7, 8, 9, 10, 11, 12]));
  const planes = imagesToTensor([tall, other], PLAIN);
  expect(planes.shape).toEqual([2, 3, 2, 1]);
  expect([...planes.data]).toEqual([1, 4, 2, 5, 3, 6, 7, 10, 8, 11, 9, 12]);
  const pixels = imagesToTensor([tall, other], { ...PLAIN, layout: "NHWC" });
  expect(pixels.shape).toEqual([2, 2, 1, 3]);
  expect([...pixels.data]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
});

test("no image, images of two sizes, and means for another number of channels are refused", () => {
  expect(() => imagesToTensor([], PLAIN)).toThrow("imagesToTensor: expected at least one image, got none");
  expect(() => imagesToTensor([image, createImage(1, 2)], PLAIN)).toThrow("images of one size, 2×1, got 1×2 at 1");
  expect(() => imagesToTensor([image], { ...PLAIN, mean: [0] })).toThrow(
    "expected 3 means and scales for RGB, got 1 and 3",
  );
  expect(() => imagesToTensor([image], { ...PLAIN, color: "GRAY" })).toThrow("expected 1 means and scales for GRAY");
});
