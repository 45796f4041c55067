import type { Affine } from "../geometry/types.ts";
import { halve } from "./crop-sampler.ts";
import { createImage, type Image } from "./image.ts";

/** How often to halve before a crop pixel, which spans so many of the image's, is read by bilinear weights of four. */
export function halvingsFor(span: number): number {
  return Math.max(0, Math.floor(Math.log2(span) + 0.25));
}

/**
 * The part of an image that a crop reads, halved so many times by 2×2 means.
 *
 * @param bounds the first and the last pixel read, centres; beyond the image and between pixels too.
 * @returns the part, and the affine from its pixels to the image's; `null` where the image has nothing there.
 */
export function halvedPart(
  image: Image,
  [left, top, right, bottom]: readonly [left: number, top: number, right: number, bottom: number],
  halvings: number,
): { image: Image; toImage: Affine } | null {
  const unit = 2 ** halvings;
  // Whole units, with one to spare for the bilinear neighbours.
  const from = (first: number): number => Math.max(0, Math.floor(first / unit - 1) * unit);
  const to = (last: number): number => Math.ceil(last / unit + 2) * unit;
  const [x0, y0] = [from(left), from(top)];
  const [width, height] = [Math.min(image.width, to(right)) - x0, Math.min(image.height, to(bottom)) - y0];
  if (!(width > 0 && height > 0)) return null;
  let part = cutOut(image, x0, y0, width, height);
  for (let k = 0; k < halvings; k++) part = halve(part);
  // Pixel k of the part covers pixels unit·k … unit·(k + 1) − 1 of what was cut out.
  const centre = (unit - 1) / 2;
  return { image: part, toImage: [unit, 0, x0 + centre, 0, unit, y0 + centre] };
}

function cutOut(image: Image, x: number, y: number, width: number, height: number): Image {
  if (width === image.width && height === image.height) return image;
  const part = createImage(width, height);
  for (let row = 0; row < height; row++) {
    const at = 3 * ((y + row) * image.width + x);
    part.data.set(image.data.subarray(at, at + 3 * width), 3 * row * width);
  }
  return part;
}
