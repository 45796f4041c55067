import { expect, test } from "vitest";
import golden from "./golden/yuv.json" with { type: "json" };
import { createImage } from "./image.ts";
import { asPixelType, byteLengthOf, fromRgb, type PixelType, tightStride, toRgb } from "./pixel-types.ts";

const bytes = (base64: string) => new Uint8Array(Buffer.from(base64, "base64"));
const { width, height } = golden;
const rgb = createImage(width, height, bytes(golden.rgb));

/** OpenCV counts in 2^20ths, we in floating point: one grey level where they round apart. */
const ONE_LEVEL = { atol: 1 };
const EVERY: readonly PixelType[] = ["RGB888p", "BGR888p", "RGB888i", "BGR888i", "YUV420p", "NV12", "NV21", "GRAY8"];

// scripts/golden/yuv.py: OpenCV
test.each(["NV12", "NV21", "YUV420p"] as const)("%s becomes the RGB that OpenCV makes of it", (type) => {
  const image = toRgb({ type, width, height, stride: width, data: bytes(golden.yuv) });
  expect(image.data).toBeCloseToTensor(bytes(golden.decoded[type]), ONE_LEVEL);
});

test("the golden colours tell NV12 from NV21, and both from the other order of red and blue", () => {
  const image = toRgb({ type: "NV12", width, height, stride: width, data: bytes(golden.yuv) });
  expect(image.data).not.toBeCloseToTensor(bytes(golden.decoded.NV21), { atol: 60 });
  const swapped = fromRgb(image, "BGR888i").data;
  expect(swapped).not.toBeCloseToTensor(bytes(golden.decoded.NV12), { atol: 60 });
});

test("RGB becomes the YUV420p and the grey that OpenCV makes of it", () => {
  expect(fromRgb(rgb, "YUV420p").data).toBeCloseToTensor(bytes(golden.i420), ONE_LEVEL);
  expect(fromRgb(rgb, "GRAY8").data).toBeCloseToTensor(bytes(golden.grey), ONE_LEVEL);
});

test("NV12 and NV21 hold YUV420p's samples in their own order", () => {
  const planes = bytes(golden.i420);
  const [u, v] = [planes.slice(width * height, (5 * width * height) / 4), planes.slice((5 * width * height) / 4)];
  const chromaOf = (type: PixelType) => fromRgb(rgb, type).data.subarray(width * height);
  const alternate = (a: Uint8Array, b: Uint8Array) => [...a].flatMap((value, i) => [value, b[i]!]);
  expect(chromaOf("NV12")).toBeCloseToTensor(alternate(u, v), ONE_LEVEL);
  expect(chromaOf("NV21")).toBeCloseToTensor(alternate(v, u), ONE_LEVEL);
});

/** Two pixels, one above the other: a red that is not quite, and a blue that is not quite. */
const two = createImage(1, 2, new Uint8Array([200, 10, 30, 40, 50, 210]));

test.each([
  ["RGB888i", [200, 10, 30, 40, 50, 210]],
  ["BGR888i", [30, 10, 200, 210, 50, 40]],
  ["RGB888p", [200, 40, 10, 50, 30, 210]],
  ["BGR888p", [30, 210, 10, 50, 200, 40]],
] as const)("%s has its colours where its name says, both ways", (type, expected) => {
  const pixels = fromRgb(two, type);
  expect([...pixels.data]).toEqual(expected);
  expect([...toRgb(pixels).data]).toEqual([...two.data]);
});

test.each(EVERY)("%s with padded rows is the same picture", (type) => {
  const tight = fromRgb(rgb, type);
  const stride = tight.stride + 6;
  const padded = new Uint8Array(byteLengthOf(type, height, stride)).fill(77);
  const halfRows = type === "YUV420p";
  const isLuma = (at: number) => !halfRows || at < width * height;
  for (let from = 0, to = 0; from < tight.data.length; ) {
    const row = isLuma(from) ? tight.stride : tight.stride / 2;
    padded.set(tight.data.subarray(from, from + row), to);
    from += row;
    to += row === tight.stride ? stride : stride / 2;
  }
  expect(toRgb({ ...tight, stride, data: padded })).toEqual(toRgb(tight));
});

test("sizes, strides and bytes that do not belong together are refused", () => {
  const frame = { type: "NV12", width: 4, height: 2, stride: 4, data: new Uint8Array(12) } as const;
  expect(toRgb(frame).data).toHaveLength(24);
  expect(() => toRgb({ ...frame, width: 3 })).toThrow("expected an even width, height and stride for NV12, got 3×2");
  expect(() => toRgb({ ...frame, stride: 2 })).toThrow("expected a stride of 4 bytes or more for 4 pixels of NV12");
  expect(() => toRgb({ ...frame, data: new Uint8Array(11) })).toThrow(
    "expected 12 bytes for 4×2 NV12, stride 4, got 11",
  );
  expect(() => toRgb({ ...frame, width: 0 })).toThrow("expected a width and height of at least one whole pixel");
  expect(() => fromRgb(createImage(3, 2), "NV21")).toThrow("expected an even width");
  expect(tightStride("BGR888i", 5)).toBe(15);
});

test("kinds of pixels that are not converted are named", () => {
  expect(() => asPixelType("frame", "RAW10")).toThrow(
    expect.objectContaining({
      code: "UNSUPPORTED_FORMAT",
      message: expect.stringMatching(/^frame: expected .*NV12.* got RAW10$/),
    }),
  );
});
