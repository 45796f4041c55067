import type { FaceDetection } from "../geometry/detection.ts";
import { mirrorNames } from "../geometry/landmarks.ts";
import { alignFace } from "./align.ts";
import { createPyramid, sampleCrop } from "./crop-sampler.ts";
import type { Image } from "./image.ts";

/**
 * The crops that a recogniser was trained on: `arcface`, five landmarks on the template; `mirrored`, the same with left
 * and right landmarks exchanged; `none`, the face's box stretched to the crop.
 */
export type Alignment = "arcface" | "mirrored" | "none";

/**
 * A face as a recogniser sees it.
 *
 * @returns `size`×`size`; black where the image ends.
 * @throws {ArcfaceError} as alignFace.
 */
export function cropFace(image: Image, face: FaceDetection, alignment: Alignment, size: number): Image {
  if (alignment === "none") return stretchBox(image, face, size);
  return alignFace(image, alignment === "mirrored" ? mirrorNames(face.landmarks) : face.landmarks, { size });
}

/** Box edges go to crop edges; a pixel's centre is at a whole number, its edges half a pixel beside. */
function stretchBox(image: Image, { box: [x0, y0, x1, y1] }: FaceDetection, size: number): Image {
  const [sx, sy] = [(x1 - x0) / size, (y1 - y0) / size];
  return sampleCrop(createPyramid(image), [sx, 0, x0 + sx / 2 - 0.5, 0, sy, y0 + sy / 2 - 0.5], size, size);
}
