import { arcfaceTemplate } from "../geometry/landmarks.ts";
import { estimateSimilarity } from "../geometry/similarity.ts";
import type { Landmarks } from "../geometry/types.ts";
import type { Image } from "./image.ts";
import { warpAffine } from "./warp.ts";

export type AlignOptions = {
  /** Side of the crop, pixels; see arcfaceTemplate for what sizes other than 112 show. */
  readonly size?: number;
};

/**
 * Warp a face into the crop that recognition networks are trained on.
 *
 * @param image of any size.
 * @param landmarks pixels of the image.
 * @returns `size`×`size`; black where the image ends.
 * @throws {ArcfaceError} INVALID_ARGUMENT where the landmarks are one point or not finite, or the size is none.
 * Source: `norm_crop`, insightface python-package/insightface/utils/face_align.py.
 */
export function alignFace(image: Image, landmarks: Landmarks, { size = 112 }: AlignOptions = {}): Image {
  return warpAffine(image, estimateSimilarity(landmarks, arcfaceTemplate(size)), size, size);
}
