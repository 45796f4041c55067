import { expected } from "../errors.ts";
import { invertAffine } from "../geometry/similarity.ts";
import type { Affine } from "../geometry/types.ts";
import { createImage, type Image } from "./image.ts";

/** Source positions are whole 32nds of a pixel, found in 1024ths: OpenCV's INTER_BITS and AB_BITS. */
const FINE = 1024;
/** Half of a 32nd, in 1024ths: turns the shift that drops the last five bits into rounding. */
const HALF = 16;
/** A position beyond any image, where sums of two still fit 32 bits. */
const FAR = 2 ** 30 - 1;

/**
 * Bilinear warp as `cv2.warpAffine(image, M, (width, height), borderValue=0)` computes it: pixel centres at whole
 * numbers, black outside, source positions rounded to 1/32 px, weights in whole numbers; within one grey level of
 * OpenCV at every pixel. There is no smoothing, so shrinking aliases as OpenCV's does (sampleCrop's does not).
 *
 * @param affine image → crop, as cv2's M without WARP_INVERSE_MAP.
 * @throws {ArcfaceError} INVALID_ARGUMENT where the affine cannot be inverted or the size is not positive.
 */
export function warpAffine(image: Image, affine: Affine, width: number, height: number): Image {
  const { width: w, height: h, data } = image;
  const crop = createImage(width, height);
  const out = crop.data;
  const [a, b, c, d, e, f] = invertAffine(affine);
  if (![a, b, c, d, e, f].every(Number.isFinite)) throw expected("warpAffine", "an invertible affine", `[${affine}]`);
  const stride = 3 * w;
  const columnX = new Int32Array(width);
  const columnY = new Int32Array(width);
  for (let i = 0; i < width; i++) {
    columnX[i] = fixed(a * i);
    columnY[i] = fixed(d * i);
  }
  let to = 0;
  for (let j = 0; j < height; j++) {
    const rowX = fixed(b * j + c) + HALF;
    const rowY = fixed(e * j + f) + HALF;
    for (let i = 0; i < width; i++, to += 3) {
      // 32nds of a pixel.
      const x = (rowX + columnX[i]!) >> 5;
      const y = (rowY + columnY[i]!) >> 5;
      const x0 = x >> 5;
      const y0 = y >> 5;
      if (x0 < -1 || y0 < -1 || x0 >= w || y0 >= h) continue;
      const u = x & 31;
      const v = y & 31;
      // Weights sum to 1024; OpenCV's 15-bit ones are 32 times these.
      let w00 = (32 - u) * (32 - v);
      let w01 = u * (32 - v);
      let w10 = (32 - u) * v;
      let w11 = u * v;
      let at = y0 * stride + 3 * x0;
      let right = 3;
      let down = stride;
      if (x0 < 0 || y0 < 0 || x0 + 1 >= w || y0 + 1 >= h) {
        // Taps outside weigh nothing, and are read where there is something to read.
        if (x0 < 0) w00 = w10 = 0;
        if (x0 + 1 >= w) w01 = w11 = 0;
        if (y0 < 0) w00 = w01 = 0;
        if (y0 + 1 >= h) w10 = w11 = 0;
        const left = Math.max(x0, 0);
        const top = Math.max(y0, 0);
        at = top * stride + 3 * left;
        right = 3 * (Math.min(x0 + 1, w - 1) - left);
        down = stride * (Math.min(y0 + 1, h - 1) - top);
      }
      const below = at + down;
      for (let k = 0; k < 3; k++) {
        const upper = w00 * data[at + k]! + w01 * data[at + right + k]!;
        const lower = w10 * data[below + k]! + w11 * data[below + right + k]!;
        out[to + k] = (upper + lower + 512) >> 10;
      }
    }
  }
  return crop;
}

/** Rounded to 1024ths, halves to even as cvRound, and kept within what 32 bits can add. */
function fixed(value: number): number {
  const scaled = value * FINE;
  const floor = Math.floor(scaled);
  const isTie = scaled - floor === 0.5;
  const rounded = isTie ? floor + (floor % 2 === 0 ? 0 : 1) : Math.round(scaled);
  return Math.min(Math.max(rounded, -FAR), FAR);
}
