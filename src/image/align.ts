import { arcfaceTemplate } from "../geometry/landmarks.ts";
import { applyAffine, composeAffine, estimateSimilarity, invertAffine } from "../geometry/similarity.ts";
import type { Affine, Landmarks, Point } from "../geometry/types.ts";
import { halve } from "./crop-sampler.ts";
import { createImage, type Image } from "./image.ts";
import { warpAffine } from "./warp.ts";

export type AlignOptions = {
  /** Side of the crop, pixels; see arcfaceTemplate for what sizes other than 112 show. */
  readonly size?: number;
};

/**
 * Warp a face into the crop that recognition networks are trained on.
 *
 * A face much larger than the crop (a crop pixel spans 1.7 image pixels or more) is first halved by 2×2 means, as often
 * as needed, since bilinear weights of four pixels would skip the others. InsightFace does not: below that span the two
 * agree, above it ours is the smoother.
 *
 * @param image of any size.
 * @param landmarks pixels of the image.
 * @returns `size`×`size`; black where the image ends.
 * @throws {ArcfaceError} INVALID_ARGUMENT where the landmarks are one point or not finite, or the size is none.
 * Source: `norm_crop`, insightface python-package/insightface/utils/face_align.py.
 */
export function alignFace(image: Image, landmarks: Landmarks, { size = 112 }: AlignOptions = {}): Image {
  const toCrop = estimateSimilarity(landmarks, arcfaceTemplate(size));
  const span = 1 / Math.hypot(toCrop[0], toCrop[3]);
  const halvings = Math.max(0, Math.floor(Math.log2(span) + 0.25));
  if (halvings === 0) return warpAffine(image, toCrop, size, size);
  const part = halvedPart(image, invertAffine(toCrop), size, halvings);
  return part === null
    ? createImage(size, size)
    : warpAffine(part.image, composeAffine(toCrop, part.toImage), size, size);
}

/** The part of an image that a crop shows, halved so many times; `null` where they do not meet. */
function halvedPart(
  image: Image,
  toImage: Affine,
  size: number,
  halvings: number,
): { image: Image; toImage: Affine } | null {
  const unit = 2 ** halvings;
  const corners: Point[] = [0, size - 1].flatMap((x) => [0, size - 1].map((y) => applyAffine(toImage, [x, y])));
  // Whole units, with one to spare for the bilinear neighbours.
  const from = (axis: 0 | 1): number => Math.floor(Math.min(...corners.map((c) => c[axis])) / unit - 1) * unit;
  const to = (axis: 0 | 1): number => Math.ceil(Math.max(...corners.map((c) => c[axis])) / unit + 2) * unit;
  const [x0, y0] = [Math.max(0, from(0)), Math.max(0, from(1))];
  const [width, height] = [Math.min(image.width, to(0)) - x0, Math.min(image.height, to(1)) - y0];
  if (width <= 0 || height <= 0) return null;
  let part = createImage(width, height);
  for (let y = 0; y < height; y++) {
    const at = 3 * ((y0 + y) * image.width + x0);
    part.data.set(image.data.subarray(at, at + 3 * width), 3 * y * width);
  }
  for (let k = 0; k < halvings; k++) part = halve(part);
  // Pixel k of the part covers pixels unit·k … unit·(k + 1) − 1 of what was cut out.
  const centre = (unit - 1) / 2;
  return { image: part, toImage: [unit, 0, x0 + centre, 0, unit, y0 + centre] };
}
