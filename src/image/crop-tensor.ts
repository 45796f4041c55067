import type { Affine } from "../geometry/types.ts";
import type { Float32Tensor } from "../tensor/tensor.ts";
import { chooseLevel, type Pyramid, sampleCrop } from "./crop-sampler.ts";
import type { Image } from "./image.ts";
import { imagesToTensor, type PixelFormat, tensorLength, valueTables } from "./to-tensor.ts";

/**
 * Crops along affines straight into a network's batch, from the pyramid's pixels, with no picture in between: number by
 * number what imagesToTensor makes of sampleCrop's.
 *
 * @param affines crop pixel → image, one a crop; see sampleCrop.
 * @param into what the tensor's numbers are written to: see tensorLength.
 * @returns as imagesToTensor.
 * @throws {ArcfaceError} as sampleCrop and imagesToTensor.
 */
export function cropsToTensor(
  pyramid: Pyramid,
  affines: readonly Affine[],
  width: number,
  height: number,
  format: PixelFormat,
  into: Float32Array = new Float32Array(tensorLength(affines.length, width, height, format)),
): Float32Tensor {
  // Grey is a sum over colours that are whole numbers already: nothing is to be saved on the way.
  if (affines.length === 0 || format.color === "GRAY") {
    const crops = affines.map((affine) => sampleCrop(pyramid, affine, width, height));
    return imagesToTensor(crops, format, into);
  }
  const tables = valueTables(format);
  const area = width * height;
  const isPlanar = format.layout === "NCHW";
  for (const [n, affine] of affines.entries()) {
    const { source, toSource } = chooseLevel(pyramid, affine, width, height);
    sampleInto(source, toSource, width, height, tables, into, {
      first: 3 * area * n,
      channel: isPlanar ? area : 1,
      pixel: isPlanar ? 1 : 3,
      isBgr: format.color === "BGR",
    });
  }
  const shape = isPlanar ? [affines.length, 3, height, width] : [affines.length, height, width, 3];
  return { dtype: "float32", shape, data: into };
}

/** Where a crop's numbers go: the first of all, the distance from one channel and from one pixel to the next. */
type Places = {
  readonly first: number;
  readonly channel: number;
  readonly pixel: number;
  readonly isBgr: boolean;
};

/**
 * sampleCrop's sums, operation for operation, so that every number is the same. No function is made in the loop: it would keep
 * every pixel's numbers in memory of their own, which costs as much as all the rest.
 */
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
  const [lastColumn, lastRow] = [w - 1, h - 1];
  for (let j = 0; j < height; j++) {
    for (let i = 0; i < width; i++, red += pixel, green += pixel, blue += pixel) {
      const x = a * i + b * j + c;
      const y = d * i + e * j + f;
      if (x >= 0 && y >= 0 && x < lastColumn && y < lastRow) {
        const x0 = x | 0;
        const y0 = y | 0;
        const u = x - x0;
        const v = y - y0;
        const w00 = (1 - u) * (1 - v);
        const w01 = u * (1 - v);
        const w10 = (1 - u) * v;
        const w11 = u * v;
        const at = y0 * stride + 3 * x0;
        const below = at + stride;
        const r = w00 * data[at]! + w01 * data[at + 3]! + w10 * data[below]! + w11 * data[below + 3]!;
        const g = w00 * data[at + 1]! + w01 * data[at + 4]! + w10 * data[below + 1]! + w11 * data[below + 4]!;
        const l = w00 * data[at + 2]! + w01 * data[at + 5]! + w10 * data[below + 2]! + w11 * data[below + 5]!;
        out[red] = reds[(r + 0.5) | 0]!;
        out[green] = greens[(g + 0.5) | 0]!;
        out[blue] = blues[(l + 0.5) | 0]!;
        continue;
      }
      if (!(x > -1 && y > -1 && x < w && y < h)) {
        out[red] = reds[0]!;
        out[green] = greens[0]!;
        out[blue] = blues[0]!;
        continue;
      }
      // At an edge: taps outside weigh nothing, and are read where there is something to read.
      const x0 = ((x + 1) | 0) - 1;
      const y0 = ((y + 1) | 0) - 1;
      const u = x - x0;
      const v = y - y0;
      const isLeft = x0 < 0;
      const isRight = x0 >= lastColumn;
      const isTop = y0 < 0;
      const isBottom = y0 >= lastRow;
      const w00 = isLeft || isTop ? 0 : (1 - u) * (1 - v);
      const w01 = isRight || isTop ? 0 : u * (1 - v);
      const w10 = isLeft || isBottom ? 0 : (1 - u) * v;
      const w11 = isRight || isBottom ? 0 : u * v;
      const left = isLeft ? 0 : 3 * x0;
      const right = isRight ? 3 * lastColumn : 3 * (x0 + 1);
      const top = isTop ? 0 : y0 * stride;
      const bottom = isBottom ? lastRow * stride : (y0 + 1) * stride;
      for (let k = 0; k < 3; k++) {
        const value =
          w00 * data[top + left + k]! +
          w01 * data[top + right + k]! +
          w10 * data[bottom + left + k]! +
          w11 * data[bottom + right + k]!;
        const grey = (value + 0.5) | 0;
        if (k === 0) out[red] = reds[grey]!;
        else if (k === 1) out[green] = greens[grey]!;
        else out[blue] = blues[grey]!;
      }
    }
  }
}
