import { arcfaceTemplate } from "../geometry/landmarks.ts";
import { applyAffine, composeAffine, estimateSimilarity, invertAffine } from "../geometry/similarity.ts";
import type { Affine, Landmarks } from "../geometry/types.ts";
import { halvedPart, halvingsFor } from "./halved-part.ts";
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
  const halvings = halvingsFor(span);
  if (halvings === 0) return warpAffine(image, toCrop, size, size);
  const part = halvedPart(image, shownBy(invertAffine(toCrop), size), halvings);
  return part === null
    ? createImage(size, size)
    : warpAffine(part.image, composeAffine(toCrop, part.toImage), size, size);
}

/** Left, top, right and bottom of the pixel centres that a crop shows. */
function shownBy(toImage: Affine, size: number): [number, number, number, number] {
  const corners = [0, size - 1].flatMap((x) => [0, size - 1].map((y) => applyAffine(toImage, [x, y])));
  const [xs, ys] = [corners.map(([x]) => x), corners.map(([, y]) => y)];
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}
