import sharp from "sharp";
import { expect, test } from "vitest";
import { headerSize } from "./header-size.ts";
import type { ImageKind } from "./sniff.ts";

const [width, height] = [37, 21];
const picture = (channels: 3 | 4 = 3) =>
  sharp({ create: { width, height, channels, background: { r: 200, g: 30, b: 90, alpha: 0.5 } } });

const FILES: readonly [string, ImageKind, () => Promise<Buffer>][] = [
  ["a JPEG", "jpeg", () => picture().jpeg().toBuffer()],
  [
    "a progressive JPEG with EXIF",
    "jpeg",
    () => picture().withMetadata({ orientation: 6 }).jpeg({ progressive: true }).toBuffer(),
  ],
  ["a PNG", "png", () => picture().png().toBuffer()],
  ["a GIF", "gif", () => picture().gif().toBuffer()],
  ["a lossy WebP", "webp", () => picture().webp().toBuffer()],
  ["a lossless WebP", "webp", () => picture().webp({ lossless: true }).toBuffer()],
  ["a WebP with alpha", "webp", () => picture(4).webp().toBuffer()],
  ["an AVIF", "heif", () => picture().avif().toBuffer()],
  ["a TIFF", "tiff", () => picture().tiff().toBuffer()],
];

test.each(FILES)("%s says its size in its header", async (_name, kind, make) => {
  expect(headerSize(new Uint8Array(await make()), kind)).toEqual({ width, height });
});

test.each(FILES)("%s cut anywhere gives its size or null, and throws nothing", async (_name, kind, make) => {
  const bytes = new Uint8Array(await make());
  for (let end = 0; end < Math.min(bytes.length, 700); end++) {
    expect([null, { width, height }]).toContainEqual(headerSize(bytes.subarray(0, end), kind));
  }
});

test("boxes that say they are empty are not walked for ever", () => {
  expect(headerSize(new Uint8Array(64), "heif")).toBeNull();
});
