import { expected } from "../errors.ts";
import type { Affine, Point } from "../geometry/types.ts";
import type { Image } from "./image.ts";

/** An image and its halvings by 2×2 means, made when first asked for and kept. */
export type Pyramid = {
  readonly image: Image;
  /**
   * Level 0 is the image; pixel k of level L covers the image's pixels 2^L·k … 2^L·(k + 1) − 1, so a level's x lies
   * at 2^L·(x + ½) − ½ of the image. An odd last row or column is averaged with itself. There is always a smallest
   * level of 1×1; asking beyond it answers that.
   */
  level(index: number): Image;
};

/** A pyramid over an image that does not change meanwhile. */
export function createPyramid(image: Image): Pyramid {
  const levels = [image];
  return {
    image,
    level(index) {
      for (let last = levels.at(-1)!; levels.length <= index; last = levels.at(-1)!) {
        if (last.width === 1 && last.height === 1) return last;
        levels.push(halve(last));
      }
      return levels[index]!;
    },
  };
}

/** A square or rectangle in the image's pixels, turned about its centre. */
export type CropWindow = {
  readonly centre: Point;
  /** Side of a square, or [width, height]; pixels of the image, edge to edge. */
  readonly size: number | readonly [width: number, height: number];
  /** Direction of the crop's x axis in the image, radians, clockwise as seen (y is down). Default 0. */
  readonly angle?: number;
};

/**
 * The affine that fills a crop of `width`×`height` with a window, edge to edge: crop pixel centres → image pixel
 * coordinates, what `sampleCrop` takes. Centres of first pixels are at (0, 0) on both sides, so the whole image is
 * `{ centre: [(w − 1) / 2, (h − 1) / 2], size: [w, h] }`, and a network's answer as a fraction f of the crop (0 at
 * its left edge, 1 at its right) is crop x = f·width − ½.
 *
 * @throws {ArcfaceError} INVALID_ARGUMENT where a number is not finite or a size is not positive.
 */
export function windowAffine({ centre, size, angle = 0 }: CropWindow, width: number, height: number): Affine {
  const [w, h] = typeof size === "number" ? [size, size] : size;
  if (!(Number.isFinite(centre[0] + centre[1] + w + h + angle) && w > 0 && h > 0 && width > 0 && height > 0)) {
    throw expected(
      "windowAffine",
      "finite numbers and positive sizes",
      `centre ${centre}, size ${w}×${h}, angle ${angle}, for a crop of ${width}×${height}`,
    );
  }
  const a = (Math.cos(angle) * w) / width;
  const b = (-Math.sin(angle) * h) / height;
  const d = (Math.sin(angle) * w) / width;
  const e = (Math.cos(angle) * h) / height;
  // The crop's centre, ((width − 1) / 2, (height − 1) / 2), lands on the window's.
  const i = (width - 1) / 2;
  const j = (height - 1) / 2;
  return [a, b, centre[0] - a * i - b * j, d, e, centre[1] - d * i - e * j];
}

/**
 * Bilinear crop along any affine, from the pyramid level nearest in scale: level floor(log2(s) + ¼), where s is
 * the image pixels a crop pixel spans (the geometric mean of the two directions), so that shrinking does not alias.
 *
 * @param affine crop pixel (i, j), its centre, → image (x, y), where whole numbers are pixel centres. See windowAffine.
 * @returns `width`×`height`; black outside the image, fading to it over the last level pixel.
 * @throws {ArcfaceError} INVALID_ARGUMENT where the size is not positive whole numbers or the affine is not finite.
 */
export function sampleCrop(pyramid: Pyramid, affine: Affine, width: number, height: number): Image {
  const { source, toSource } = chooseLevel(pyramid, affine, width, height);
  const data = new Uint8Array(3 * width * height);
  sample(source, toSource, data, width, height);
  return { width, height, data };
}

/**
 * The level that sampleCrop reads a crop from, and the affine from the crop's pixels to the level's.
 *
 * @throws {ArcfaceError} as sampleCrop.
 */
export function chooseLevel(
  pyramid: Pyramid,
  affine: Affine,
  width: number,
  height: number,
): { readonly source: Image; readonly toSource: Affine } {
  if (!(Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0)) {
    throw expected("sampleCrop", "a width and height of at least one whole pixel", `${width}×${height}`);
  }
  if (!affine.every(Number.isFinite)) throw expected("sampleCrop", "six finite numbers", `[${affine}]`);
  const [a, b, c, d, e, f] = affine;
  const scale = Math.sqrt(Math.abs(a * e - b * d));
  const index = Math.min(Math.max(0, Math.floor(Math.log2(scale) + 0.25)), 31);
  const source = pyramid.level(index);
  // Beyond the 1×1 level there is nothing smaller to read.
  const r = 2 ** -Math.min(index, depth(pyramid.image));
  const shift = 0.5 * r - 0.5;
  return { source, toSource: [a * r, b * r, c * r + shift, d * r, e * r, f * r + shift] };
}

/** How many halvings, rounding up, take an image to 1×1. */
function depth({ width, height }: Image): number {
  return Math.ceil(Math.log2(Math.max(width, height)));
}

function sample(source: Image, [a, b, c, d, e, f]: Affine, out: Uint8Array, width: number, height: number): void {
  const { width: w, height: h, data } = source;
  const stride = 3 * w;
  let to = 0;
  for (let j = 0; j < height; j++) {
    for (let i = 0; i < width; i++, to += 3) {
      const x = a * i + b * j + c;
      const y = d * i + e * j + f;
      if (!(x > -1 && y > -1 && x < w && y < h)) continue; // black; NaN too
      // Math.floor is slower; both sums are positive, where truncation is the floor.
      const x0 = ((x + 1) | 0) - 1;
      const y0 = ((y + 1) | 0) - 1;
      const u = x - x0;
      const v = y - y0;
      let w00 = (1 - u) * (1 - v);
      let w01 = u * (1 - v);
      let w10 = (1 - u) * v;
      let w11 = u * v;
      let at = y0 * stride + 3 * x0;
      let right = 3;
      let down = stride;
      if (x0 < 0 || y0 < 0 || x0 + 1 >= w || y0 + 1 >= h) {
        // Taps outside weigh nothing, and are read where there is something to read.
        if (x0 < 0) w00 = w10 = 0;
        if (x0 + 1 >= w) w01 = w11 = 0;
        if (y0 < 0) w00 = w01 = 0;
        if (y0 + 1 >= h) w10 = w11 = 0;
        const left = Math.max(x0, 0);
        const top = Math.max(y0, 0);
        at = top * stride + 3 * left;
        right = 3 * (Math.min(x0 + 1, w - 1) - left);
        down = stride * (Math.min(y0 + 1, h - 1) - top);
      }
      const below = at + down;
      out[to] = (w00 * data[at]! + w01 * data[at + right]! + w10 * data[below]! + w11 * data[below + right]! + 0.5) | 0;
      out[to + 1] =
        (w00 * data[at + 1]! +
          w01 * data[at + right + 1]! +
          w10 * data[below + 1]! +
          w11 * data[below + right + 1]! +
          0.5) |
        0;
      out[to + 2] =
        (w00 * data[at + 2]! +
          w01 * data[at + right + 2]! +
          w10 * data[below + 2]! +
          w11 * data[below + right + 2]! +
          0.5) |
        0;
    }
  }
}

/** The mean of each 2×2, rounded; sizes round up. */
export function halve({ width, height, data }: Image): Image {
  const w = (width + 1) >> 1;
  const h = (height + 1) >> 1;
  const out = new Uint8Array(3 * w * h);
  const stride = 3 * width;
  const pairs = 3 * (width >> 1);
  for (let y = 0, to = 0; y < h; y++) {
    const top = 2 * y * stride;
    const below = 2 * y + 1 < height ? top + stride : top;
    let at = top;
    let under = below;
    for (const end = to + pairs; to < end; to += 3, at += 6, under += 6) {
      out[to] = (data[at]! + data[at + 3]! + data[under]! + data[under + 3]! + 2) >> 2;
      out[to + 1] = (data[at + 1]! + data[at + 4]! + data[under + 1]! + data[under + 4]! + 2) >> 2;
      out[to + 2] = (data[at + 2]! + data[at + 5]! + data[under + 2]! + data[under + 5]! + 2) >> 2;
    }
    if (width % 2 === 1) {
      for (let k = 0; k < 3; k++, to++) out[to] = (data[at + k]! + data[under + k]! + 1) >> 1;
    }
  }
  return { width: w, height: h, data: out };
}
