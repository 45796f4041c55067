import type { Image } from "./image.ts";

/**
 * How sharp a picture is: the variance of the Laplacian of its grey levels, as
 * `cv2.Laplacian(cv2.cvtColor(image, COLOR_RGB2GRAY), CV_64F).var()`; 0 where all is one colour. Compare crops of one
 * size and framing only: alignFace's of 112.
 *
 * It also falls with contrast, so a dim sharp photo scores as a bright soft one.
 */
export function sharpness({ width, height, data }: Image): number {
  const grey = new Float64Array(width * height);
  for (let i = 0, at = 0; i < grey.length; i++, at += 3) {
    // OpenCV's 15-bit weights for 0.299, 0.587, 0.114, rounded to whole levels.
    grey[i] = (9798 * data[at]! + 19235 * data[at + 1]! + 3735 * data[at + 2]! + 16384) >> 15;
  }
  let sum = 0;
  let squares = 0;
  for (let y = 0; y < height; y++) {
    const above = mirrored(y - 1, height) * width;
    const row = y * width;
    const below = mirrored(y + 1, height) * width;
    for (let x = 0; x < width; x++) {
      const left = grey[row + mirrored(x - 1, width)]!;
      const right = grey[row + mirrored(x + 1, width)]!;
      const value = grey[above + x]! + grey[below + x]! + left + right - 4 * grey[row + x]!;
      sum += value;
      squares += value * value;
    }
  }
  const mean = sum / grey.length;
  return squares / grey.length - mean * mean;
}

/** cv2's BORDER_REFLECT_101: the edge pixel is not repeated. */
function mirrored(index: number, length: number): number {
  if (length === 1) return 0;
  if (index < 0) return -index;
  return index < length ? index : 2 * length - 2 - index;
}
