import type { Affine } from "../geometry/types.ts";
import type { Float32Tensor } from "../tensor/tensor.ts";
import { chooseLevel, type Pyramid, sampleCrop } from "./crop-sampler.ts";
import type { Image } from "./image.ts";
import { imagesToTensor, type PixelFormat, valueTables } from "./to-tensor.ts";

/**
 * Crops along affines straight into a network's batch, from the pyramid's pixels, with no picture in between: number by
 * number what imagesToTensor makes of sampleCrop's.
 *
 * @param affines crop pixel → image, one a crop; see sampleCrop.
 * @returns as imagesToTensor.
 * @throws {ArcfaceError} as sampleCrop and imagesToTensor.
 */
export function cropsToTensor(
  pyramid: Pyramid,
  affines: readonly Affine[],
  width: number,
  height: number,
  format: PixelFormat,
): Float32Tensor {
  // Grey is a sum over colours that are whole numbers already: nothing is to be saved on the way.
  if (affines.length === 0 || format.color === "GRAY") {
    const crops = affines.map((affine) => sampleCrop(pyramid, affine, width, height));
    return imagesToTensor(crops, format);
  }
  const tables = valueTables(format);
  const area = width * height;
  const data = new Float32Array(3 * area * affines.length);
  const isPlanar = format.layout === "NCHW";
  for (const [n, affine] of affines.entries()) {
    const { source, toSource } = chooseLevel(pyramid, affine, width, height);
    sampleInto(source, toSource, width, height, tables, data, {
      first: 3 * area * n,
      channel: isPlanar ? area : 1,
      pixel: isPlanar ? 1 : 3,
      isBgr: format.color === "BGR",
    });
  }
  const shape = isPlanar ? [affines.length, 3, height, width] : [affines.length, height, width, 3];
  return { dtype: "float32", shape, data };
}

/** Where a crop's numbers go: the first of all, the distance from one channel and from one pixel to the next. */
type Places = {
  readonly first: number;
  readonly channel: number;
  readonly pixel: number;
  readonly isBgr: boolean;
};

/** sampleCrop's loop, operation for operation, so that every number is the same. */
function sampleInto(
  { width: w, height: h, data }: Image,
  [a, b, c, d, e, f]: Affine,
  width: number,
  height: number,
  [reds, greens, blues]: readonly [Float32Array, Float32Array, Float32Array],
  out: Float32Array,
  { first, channel, pixel, isBgr }: Places,
): void {
  const stride = 3 * w;
  let red = first + (isBgr ? 2 * channel : 0);
  let green = first + channel;
  let blue = first + (isBgr ? 0 : 2 * channel);
  for (let j = 0; j < height; j++) {
    for (let i = 0; i < width; i++, red += pixel, green += pixel, blue += pixel) {
      const x = a * i + b * j + c;
      const y = d * i + e * j + f;
      if (!(x > -1 && y > -1 && x < w && y < h)) {
        out[red] = reds[0]!;
        out[green] = greens[0]!;
        out[blue] = blues[0]!;
        continue;
      }
      const x0 = ((x + 1) | 0) - 1;
      const y0 = ((y + 1) | 0) - 1;
      const u = x - x0;
      const v = y - y0;
      let w00 = (1 - u) * (1 - v);
      let w01 = u * (1 - v);
      let w10 = (1 - u) * v;
      let w11 = u * v;
      let at = y0 * stride + 3 * x0;
      let right = at + 3;
      let below = at + stride;
      let across = below + 3;
      if (x0 < 0 || y0 < 0 || x0 + 1 >= w || y0 + 1 >= h) {
        if (x0 < 0) w00 = w10 = 0;
        if (x0 + 1 >= w) w01 = w11 = 0;
        if (y0 < 0) w00 = w01 = 0;
        if (y0 + 1 >= h) w10 = w11 = 0;
        const left = 3 * Math.max(x0, 0);
        const next = 3 * Math.min(x0 + 1, w - 1);
        const top = Math.max(y0, 0) * stride;
        const bottom = Math.min(y0 + 1, h - 1) * stride;
        at = top + left;
        right = top + next;
        below = bottom + left;
        across = bottom + next;
      }
      out[red] = reds[(w00 * data[at]! + w01 * data[right]! + w10 * data[below]! + w11 * data[across]! + 0.5) | 0]!;
      out[green] =
        greens[
          (w00 * data[at + 1]! + w01 * data[right + 1]! + w10 * data[below + 1]! + w11 * data[across + 1]! + 0.5) | 0
        ]!;
      out[blue] =
        blues[
          (w00 * data[at + 2]! + w01 * data[right + 2]! + w10 * data[below + 2]! + w11 * data[across + 2]! + 0.5) | 0
        ]!;
    }
  }
}
