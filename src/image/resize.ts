import { createImage, type Image } from "./image.ts";

/**
 * The image made smaller, each pixel the mean of the area that it covers, as `cv2.resize(…, INTER_AREA)`; made larger, it
 * is that mean too, where OpenCV interpolates.
 */
export function resizeArea(image: Image, width: number, height: number): Image {
  return resize(image, width, height, covered);
}

/** The image at another size by the two nearest pixels each way, edges repeated, as `cv2.resize(…, INTER_LINEAR)`. */
export function resizeBilinear(image: Image, width: number, height: number): Image {
  return resize(image, width, height, nearestTwo);
}

/** Which pixels of a row or column make one of the result, the first of them on, and their shares, together 1. */
type Taps = { readonly first: number; readonly weights: readonly number[] };

/** Of `to` pixels in the place of `from`, the one at `i`. */
type TapsOf = (i: number, from: number, to: number) => Taps;

const covered: TapsOf = (i, from, to) => {
  const [start, end] = [(i * from) / to, Math.min(from, ((i + 1) * from) / to)];
  const first = Math.floor(start);
  const last = Math.min(from, Math.ceil(end)) - 1;
  const weights = Array.from(
    { length: last - first + 1 },
    (_, k) => (Math.min(end, first + k + 1) - Math.max(start, first + k)) / (end - start),
  );
  return { first, weights };
};

const nearestTwo: TapsOf = (i, from, to) => {
  const centre = Math.min(from - 1, Math.max(0, ((i + 0.5) * from) / to - 0.5));
  const first = Math.min(Math.max(0, from - 2), Math.floor(centre));
  return { first, weights: from === 1 ? [1] : [1 - (centre - first), centre - first] };
};

/** Rows first, then columns; rounded once, at the end. */
function resize(image: Image, width: number, height: number, tapsOf: TapsOf): Image {
  if (image.width === width && image.height === height) return image;
  const to = createImage(width, height);
  const columns = Array.from({ length: width }, (_, i) => tapsOf(i, image.width, width));
  const narrow = new Float64Array(3 * width * image.height);
  for (let y = 0; y < image.height; y++) {
    for (let x = 0; x < width; x++) {
      const { first, weights } = columns[x]!;
      const from = 3 * (y * image.width + first);
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0;
        for (let k = 0; k < weights.length; k++) sum += weights[k]! * image.data[from + 3 * k + channel]!;
        narrow[3 * (y * width + x) + channel] = sum;
      }
    }
  }
  for (let y = 0; y < height; y++) {
    const { first, weights } = tapsOf(y, image.height, height);
    for (let x = 0; x < 3 * width; x++) {
      let sum = 0;
      for (let k = 0; k < weights.length; k++) sum += weights[k]! * narrow[3 * (first + k) * width + x]!;
      to.data[3 * y * width + x] = Math.floor(sum + 0.5);
    }
  }
  return to;
}
