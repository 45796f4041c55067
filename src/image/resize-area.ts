import { createImage, type Image } from "./image.ts";

/**
 * The image at another size, each pixel the mean of the area that it covers, as `cv2.resize(…, INTER_AREA)` makes an image
 * smaller; made larger, it is that mean too, where OpenCV interpolates.
 */
export function resizeArea(image: Image, width: number, height: number): Image {
  if (image.width === width && image.height === height) return image;
  const to = createImage(width, height);
  const [columns, rows] = [coverage(image.width, width), coverage(image.height, height)];
  const narrow = new Float64Array(3 * width * image.height);
  for (let y = 0; y < image.height; y++) {
    for (let x = 0; x < width; x++) {
      const { first, weights } = columns[x]!;
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0;
        let at = 3 * (y * image.width + first) + channel;
        for (let k = 0; k < weights.length; k++, at += 3) sum += weights[k]! * image.data[at]!;
        narrow[3 * (y * width + x) + channel] = sum;
      }
    }
  }
  for (let y = 0; y < height; y++) {
    const { first, weights } = rows[y]!;
    for (let x = 0; x < 3 * width; x++) {
      let sum = 0;
      for (let k = 0; k < weights.length; k++) sum += weights[k]! * narrow[3 * (first + k) * width + x]!;
      to.data[3 * y * width + x] = Math.floor(sum + 0.5);
    }
  }
  return to;
}

type Cover = { readonly first: number; readonly weights: Float64Array };

/** For each of `to` pixels, which of the `from` it covers, and how much of it each of them is: together 1. */
function coverage(from: number, to: number): Cover[] {
  const scale = from / to;
  return Array.from({ length: to }, (_, i) => {
    const [start, end] = [i * scale, Math.min(from, (i + 1) * scale)];
    const first = Math.floor(start);
    const last = Math.min(from - 1, Math.ceil(end) - 1);
    const weights = Float64Array.from(
      { length: last - first + 1 },
      (_, k) => (Math.min(end, first + k + 1) - Math.max(start, first + k)) / (end - start),
    );
    return { first, weights };
  });
}
