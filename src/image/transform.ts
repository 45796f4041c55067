import type { Affine } from "../geometry/types.ts";
import { createImage, type Image } from "./image.ts";

/** How often to turn by 90° clockwise, as seen. */
export type QuarterTurns = 0 | 1 | 2 | 3;

/** The image turned clockwise; three turns undo one. No pixel is changed. */
export function rotate90(image: Image, turns: QuarterTurns): Image {
  const turned = turns % 2 === 1 ? createImage(image.height, image.width) : createImage(image.width, image.height);
  return carry(image, turned, rotate90Affine(image.width, image.height, turns));
}

/**
 * Where rotate90 brings the pixels of a `width`×`height` image: points of the image → points of the turned one.
 * invertAffine of it brings what was found in the turned image back (mapBox, mapLandmarks).
 */
export function rotate90Affine(width: number, height: number, turns: QuarterTurns): Affine {
  const [right, bottom] = [width - 1, height - 1];
  const affines: Record<QuarterTurns, Affine> = {
    0: [1, 0, 0, 0, 1, 0],
    1: [0, -1, bottom, 1, 0, 0],
    2: [-1, 0, right, 0, -1, bottom],
    3: [0, 1, 0, -1, 0, right],
  };
  return affines[turns];
}

/** The image as in a mirror. Its landmarks move by flipAffine and swap left and right: mirrorNames. */
export function flipHorizontal(image: Image): Image {
  return carry(image, createImage(image.width, image.height), flipAffine(image.width));
}

/** Where flipHorizontal brings the pixels of an image; its own inverse. */
export function flipAffine(width: number): Affine {
  return [-1, 0, width - 1, 0, 1, 0];
}

/** Move every pixel to where an affine of whole numbers sends it. */
function carry(from: Image, to: Image, [a, b, c, d, e, f]: Affine): Image {
  const step = 3 * (d * to.width + a);
  for (let y = 0, at = 0; y < from.height; y++) {
    let target = 3 * ((e * y + f) * to.width + b * y + c);
    for (let x = 0; x < from.width; x++, at += 3, target += step) {
      to.data[target] = from.data[at]!;
      to.data[target + 1] = from.data[at + 1]!;
      to.data[target + 2] = from.data[at + 2]!;
    }
  }
  return to;
}
