import type { FaceDetection } from "../geometry/detection.ts";
import { mirrorNames } from "../geometry/landmarks.ts";
import { applyAffine, invertAffine } from "../geometry/similarity.ts";
import type { Affine, Landmarks, Point } from "../geometry/types.ts";
import { createPyramid, sampleCrop } from "../image/crop-sampler.ts";
import type { Image } from "../image/image.ts";
import { flipAffine, flipHorizontal } from "../image/transform.ts";

/** A photograph, and where the reference detector sees faces in it. */
export type Photo = { readonly image: Image; readonly faces: readonly FaceDetection[] };

/** A photograph as a detector is shown it, and the way from its pixels back to the photograph's. */
export type Exhibit = { readonly image: Image; readonly toPhoto: Affine; readonly isMirrored: boolean };

/** How many exhibits makeExhibits makes of a photograph. */
export const EXHIBITS = 4;

/**
 * A photograph as it is, mirrored, coarse, and small in a corner of black: easy faces are found whatever a network is
 * fed, harder ones tell; and a network that is fed as it was trained sees them in one place in all four.
 */
export function makeExhibits({ image }: Photo): Exhibit[] {
  const same: Affine = [1, 0, 0, 0, 1, 0];
  return [
    { image, toPhoto: same, isMirrored: false },
    { image: flipHorizontal(image), toPhoto: flipAffine(image.width), isMirrored: true },
    { image: coarsened(image, 3), toPhoto: same, isMirrored: false },
    { image: scaled(image, image.width, image.height, SMALL), toPhoto: scaling(1 / SMALL), isMirrored: false },
  ];
}

const SMALL = 0.62;

/** Five points of an exhibit as those of the photograph. */
export function landmarksInPhoto({ toPhoto, isMirrored }: Exhibit, landmarks: Landmarks): Landmarks {
  const points = landmarks.map((point) => applyAffine(toPhoto, point)) as unknown as Landmarks;
  return isMirrored ? mirrorNames(points) : points;
}

/** Top left and bottom right of a box of an exhibit, as points of the photograph. */
export function cornersInPhoto({ toPhoto }: Exhibit, [x0, y0, x1, y1]: FaceDetection["box"]): [Point, Point] {
  const [a, b] = [applyAffine(toPhoto, [x0 - 0.5, y0 - 0.5]), applyAffine(toPhoto, [x1 - 0.5, y1 - 0.5])];
  return [
    [Math.min(a[0], b[0]), a[1]],
    [Math.max(a[0], b[0]), b[1]],
  ];
}

/** An image `scale` times as large, of which the top left `width`×`height` are kept; black where there is no more. */
export function scaled(image: Image, width: number, height: number, scale: number): Image {
  return sampleCrop(createPyramid(image), invertAffine(scaling(scale)), width, height);
}

/** About the image's corner, not its first pixel's centre. */
function scaling(scale: number): Affine {
  const offset = (scale - 1) / 2;
  return [scale, 0, offset, 0, scale, offset];
}

function coarsened(image: Image, times: number): Image {
  const { width, height } = image;
  const small = scaled(image, Math.ceil(width / times), Math.ceil(height / times), 1 / times);
  return scaled(small, width, height, times);
}
