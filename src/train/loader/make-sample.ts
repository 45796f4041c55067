import { ArcfaceError } from "../../errors.ts";
import { type Augmentation, augment } from "../../image/augment/augment.ts";
import type { Image } from "../../image/image.ts";
import { resizeArea } from "../../image/resize.ts";
import { randomOf } from "./sample-order.ts";

/**
 * A decoded crop at the size that the network is trained at.
 *
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT where it is not square.
 */
export function toCrop(image: Image, size: number, name: string): Image {
  if (image.width !== image.height) {
    throw new ArcfaceError(
      "UNSUPPORTED_FORMAT",
      `${name}: expected a square crop, got ${image.width}×${image.height}`,
      {
        hint: "`arcface align` makes aligned crops of photographs",
      },
    );
  }
  return resizeArea(image, size, size);
}

/**
 * A crop as the network sees it in an epoch, written to `into`: [3, size, size], RGB, (x − 127.5) / 127.5.
 *
 * @param key seed, epoch and sample: all that the augmentation depends on.
 */
export function writeSample(
  crop: Image,
  into: Float32Array,
  { augmentation, key }: { augmentation: Augmentation; key: readonly [seed: number, epoch: number, sample: number] },
): void {
  const { data } = augment(crop, augmentation, randomOf(...key));
  const plane = crop.width * crop.height;
  for (let channel = 0; channel < 3; channel++) {
    for (let i = 0, at = channel; i < plane; i++, at += 3) into[channel * plane + i] = (data[at]! - 127.5) / 127.5;
  }
}
