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
 * @returns float32 [N, C, H, W] or [N, H, W, C] as `format.layout` says; C is 1 for GRAY, else 3.
 * @throws {ArcfaceError} INVALID_ARGUMENT where there is no image, sizes differ, or mean and scale do not fit the channels.
 */
export function imagesToTensor(images: readonly Image[], format: PixelFormat): Float32Tensor {
  const [first] = images;
  if (!first) throw expected("imagesToTensor", "at least one image", "none");
  const { width, height } = first;
  const channels = format.color === "GRAY" ? 1 : 3;
  if (format.mean.length !== channels || format.scale.length !== channels) {
    throw expected(
      "imagesToTensor",
      `${channels} means and scales for ${format.color}`,
      `${format.mean.length} and ${format.scale.length}`,
    );
  }
  const area = width * height;
  const data = new Float32Array(images.length * channels * area);
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
    for (let c = 0; c < channels; c++) {
      const offset = n * channels * area + c * channelStride;
      const mean = format.mean[c]!;
      const scale = 1 / format.scale[c]!;
      if (format.color === "GRAY") {
        for (let p = 0; p < area; p++) {
          const grey =
            LUMA[0] * image.data[3 * p]! + LUMA[1] * image.data[3 * p + 1]! + LUMA[2] * image.data[3 * p + 2]!;
          data[offset + p * pixelStride] = (grey - mean) * scale;
        }
      } else {
        const from = format.color === "RGB" ? c : 2 - c;
        for (let p = 0; p < area; p++) data[offset + p * pixelStride] = (image.data[3 * p + from]! - mean) * scale;
      }
    }
  }
  return {
    dtype: "float32",
    shape:
      format.layout === "NCHW" ? [images.length, channels, height, width] : [images.length, height, width, channels],
    data,
  };
}
