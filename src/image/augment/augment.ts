import type { Random } from "../../tensor/random.ts";
import type { Image } from "../image.ts";
import { flipHorizontal } from "../transform.ts";

/** How likely each change is, from 0 to 1. */
export type Augmentation = {
  /** Mirrored. */
  readonly flip: number;
};

/** InsightFace's, by name. */
export const AUGMENTATIONS = {
  none: { flip: 0 },
  flip: { flip: 0.5 },
} as const satisfies Record<string, Augmentation>;

/** A picture changed as the random numbers say; itself where they say nothing. */
export function augment(image: Image, { flip }: Augmentation, random: Random): Image {
  return random.uniform() < flip ? flipHorizontal(image) : image;
}
