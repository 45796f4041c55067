import { expected } from "../errors.ts";

/** 8-bit sRGB pixels: RGB order, HWC, row-major, no padding; `data.length` is 3·width·height. */
export type Image = { readonly width: number; readonly height: number; readonly data: Uint8Array };

/** @throws {ArcfaceError} INVALID_ARGUMENT where the size is not positive whole numbers or the data does not fill it. */
export function createImage(width: number, height: number, data?: Uint8Array): Image {
  if (!(Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0)) {
    throw expected("image", "a width and height of at least one whole pixel", `${width}×${height}`);
  }
  const pixels = data ?? new Uint8Array(3 * width * height);
  if (pixels.length !== 3 * width * height) {
    throw expected("image", `${3 * width * height} bytes of RGB for ${width}×${height}`, `${pixels.length}`);
  }
  return { width, height, data: pixels };
}
