import type { Random } from "../../tensor/random.ts";
import type { Image } from "../image.ts";
import { resizeArea, resizeBilinear } from "../resize.ts";
import { flipHorizontal } from "../transform.ts";
import { gaussianBlur } from "./gaussian-blur.ts";
import { toGrey, turnColours } from "./hue-saturation.ts";

/** How likely each change is, from 0 to 1; they are applied in this order, each or not by itself. */
export type Augmentation = {
  /** Made smaller and larger again: of 112 pixels to 56 … 89, of other sides in proportion. */
  readonly resize: number;
  /** Gaussian, over a window of 3 or 5 pixels. */
  readonly blur: number;
  /** Hue by 0 … 20°, saturation by a factor of 1 … 1.2. */
  readonly hsv: number;
  readonly gray: number;
  /** Mirrored. */
  readonly flip: number;
};

/**
 * By name: `flip` is what InsightFace's dataset does, `dali` its optional set.
 *
 * Source: insightface recognition/arcface_torch/dataset.py, `MXFaceDataset` and `dali_data_iter`.
 */
export const AUGMENTATIONS = {
  none: { resize: 0, blur: 0, hsv: 0, gray: 0, flip: 0 },
  flip: { resize: 0, blur: 0, hsv: 0, gray: 0, flip: 0.5 },
  dali: { resize: 0.1, blur: 0.2, hsv: 0.2, gray: 0.1, flip: 0.5 },
} as const satisfies Record<string, Augmentation>;

/** A picture changed as the random numbers say; itself where they say nothing. Nine are drawn, always. */
export function augment(image: Image, { resize, blur, hsv, gray, flip }: Augmentation, random: Random): Image {
  const happens = (likely: number): boolean => random.uniform() < likely;
  const between = (low: number, high: number): number => low + (high - low) * random.uniform();
  const drawn = {
    resize: happens(resize),
    share: between(56 / 112, 89 / 112),
    blur: happens(blur),
    window: happens(0.5) ? 3 : 5,
    hsv: happens(hsv),
    hue: between(0, 20),
    saturation: between(1, 1.2),
    gray: happens(gray),
    flip: happens(flip),
  };
  let changed = image;
  if (drawn.resize) {
    const side = (length: number): number => Math.max(1, Math.floor(drawn.share * length));
    const small = resizeArea(changed, side(image.width), side(image.height));
    changed = resizeBilinear(small, image.width, image.height);
  }
  if (drawn.blur) changed = gaussianBlur(changed, drawn.window);
  if (drawn.hsv) changed = turnColours(changed, drawn);
  if (drawn.gray) changed = toGrey(changed);
  return drawn.flip ? flipHorizontal(changed) : changed;
}
