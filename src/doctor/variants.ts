import { createPyramid, sampleCrop, windowAffine } from "../image/crop-sampler.ts";
import type { Image } from "../image/image.ts";
import { flipHorizontal } from "../image/transform.ts";

/** How many variantsOf makes. */
export const VARIANTS = 6;

/**
 * A crop and five others of the same face, hard enough that recognising it takes a network which is fed as it was
 * trained: coarse, half hidden, dark, turned, and mirrored, coarse and moved at once. Faces of which there is only one
 * photograph make their genuine pairs of these.
 */
export function variantsOf(crop: Image): Image[] {
  return [
    crop,
    coarsened(crop, 24),
    withoutLowerThird(crop),
    darkened(crop),
    moved(crop, { dx: 0, dy: 0, zoom: 1.18, degrees: 8 }),
    moved(flipHorizontal(coarsened(crop, 30)), { dx: -6, dy: 5, zoom: 0.9, degrees: -8 }),
  ];
}

type Move = { readonly dx: number; readonly dy: number; readonly zoom: number; readonly degrees: number };

/** `dx` and `dy` in 112ths of the crop. */
function moved(crop: Image, { dx, dy, zoom, degrees }: Move): Image {
  const { width, height } = crop;
  const centre = [(width - 1) / 2 + (dx * width) / 112, (height - 1) / 2 + (dy * height) / 112] as const;
  const size = [width / zoom, height / zoom] as const;
  const window = windowAffine({ centre, size, angle: (degrees * Math.PI) / 180 }, width, height);
  return sampleCrop(createPyramid(crop), window, width, height);
}

/** As if it had been seen with so many pixels a side. */
function coarsened(crop: Image, pixels: number): Image {
  return resized(resized(crop, pixels, pixels), crop.width, crop.height);
}

function resized(image: Image, width: number, height: number): Image {
  const centre = [(image.width - 1) / 2, (image.height - 1) / 2] as const;
  const window = windowAffine({ centre, size: [image.width, image.height] }, width, height);
  return sampleCrop(createPyramid(image), window, width, height);
}

function withoutLowerThird({ width, height, data }: Image): Image {
  const from = 3 * width * Math.round((72 * height) / 112);
  return { width, height, data: data.map((value, i) => (i < from ? value : 127)) };
}

function darkened({ width, height, data }: Image): Image {
  return { width, height, data: data.map((value) => Math.round(255 * (value / 255) ** 2)) };
}
