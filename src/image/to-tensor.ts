import { expected } from "../errors.ts";
import type { Float32Tensor } from "../tensor/tensor.ts";
import type { Image } from "./image.ts";

/**
 * How a network wants its pixels: data from the model's card, never code. With x in 0–255 the network
 * sees (x − mean[c]) / scale[c], where c counts channels in `color` order.
 */
export type PixelFormat = {
  readonly color: "RGB" | "BGR" | "GRAY";
  readonly layout: "NCHW" | "NHWC";
  /** In `color` order; one number a channel. */
  readonly mean: readonly number[];
  readonly scale: readonly number[];
};

/** ITU-R BT.601 luma, as cv2.cvtColor's RGB2GRAY. */
export const LUMA = [0.299, 0.587, 0.114] as const;

/**
 * Images of one size as one batch.
 *
 * @param into what the tensor's numbers are written to: see tensorLength.
 * @returns float32 [N, C, H, W] or [N, H, W, C] as `format.layout` says; C is 1 for GRAY, else 3.
 * @throws {ArcfaceError} INVALID_ARGUMENT where there is no image, sizes differ, or mean and scale do not fit the channels.
 */
export function imagesToTensor(images: readonly Image[], format: PixelFormat, into?: Float32Array): Float32Tensor {
  const [first] = images;
  if (!first) throw expected("imagesToTensor", "at least one image", "none");
  const { width, height } = first;
  const channels = channelsOf(format);
  const tables = format.color === "GRAY" ? null : valueTables(format);
  const area = width * height;
  const data = into ?? new Float32Array(images.length * channels * area);
  // Where channel c of pixel p goes within one image.
  const [channelStride, pixelStride] = format.layout === "NCHW" ? [area, 1] : [1, channels];
  for (const [n, image] of images.entries()) {
    if (image.width !== width || image.height !== height) {
      throw expected(
        "imagesToTensor",
        `images of one size, ${width}×${height}`,
        `${image.width}×${image.height} at ${n}`,
      );
    }
    const pixels = image.data;
    const offset = n * channels * area;
    if (tables === null) {
      const mean = format.mean[0]!;
      const scale = 1 / format.scale[0]!;
      for (let p = 0; p < area; p++) {
        const grey = LUMA[0] * pixels[3 * p]! + LUMA[1] * pixels[3 * p + 1]! + LUMA[2] * pixels[3 * p + 2]!;
        data[offset + p] = (grey - mean) * scale;
      }
      continue;
    }
    const [reds, greens, blues] = tables;
    let red = offset + (format.color === "BGR" ? 2 * channelStride : 0);
    let green = offset + channelStride;
    let blue = offset + (format.color === "BGR" ? 0 : 2 * channelStride);
    for (let at = 0; at < 3 * area; at += 3, red += pixelStride, green += pixelStride, blue += pixelStride) {
      data[red] = reds[pixels[at]!]!;
      data[green] = greens[pixels[at + 1]!]!;
      data[blue] = blues[pixels[at + 2]!]!;
    }
  }
  return {
    dtype: "float32",
    shape:
      format.layout === "NCHW" ? [images.length, channels, height, width] : [images.length, height, width, channels],
    data,
  };
}

/** How many numbers a batch has. */
export function tensorLength(count: number, width: number, height: number, { color }: PixelFormat): number {
  return count * (color === "GRAY" ? 1 : 3) * width * height;
}

type ValueTables = readonly [red: Float32Array, green: Float32Array, blue: Float32Array];

/** By format, as a card holds one for all its runs: to make them takes as long as a crop. */
const tablesOf = new WeakMap<PixelFormat, ValueTables>();

/**
 * What a network sees of red, green and blue, in this order whatever the format's, by their 256 values.
 *
 * @throws {ArcfaceError} INVALID_ARGUMENT where mean and scale do not fit the channels.
 */
export function valueTables(format: PixelFormat): ValueTables {
  const known = tablesOf.get(format);
  if (known) return known;
  channelsOf(format);
  const table = (k: 0 | 1 | 2): Float32Array => {
    const c = format.color === "BGR" ? 2 - k : k;
    const mean = format.mean[c]!;
    const scale = 1 / format.scale[c]!;
    return Float32Array.from({ length: 256 }, (_, value) => (value - mean) * scale);
  };
  const tables: ValueTables = [table(0), table(1), table(2)];
  tablesOf.set(format, tables);
  return tables;
}

function channelsOf({ color, mean, scale }: PixelFormat): 1 | 3 {
  const channels = color === "GRAY" ? 1 : 3;
  if (mean.length === channels && scale.length === channels) return channels;
  throw expected("imagesToTensor", `${channels} means and scales for ${color}`, `${mean.length} and ${scale.length}`);
}
