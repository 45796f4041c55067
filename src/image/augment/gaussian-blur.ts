import { createImage, type Image } from "../image.ts";

/**
 * Gaussian blur over a square window, as `cv2.GaussianBlur(image, (window, window), sigma)`: the edge pixel is not repeated
 * outside (BORDER_REFLECT_101).
 *
 * @param window 3, 5, 7 …: an odd number of pixels.
 * @param sigma default: the one that fits the window, by OpenCV's and DALI's rule.
 */
export function gaussianBlur(image: Image, window: number, sigma: number = sigmaOf(window)): Image {
  const { width, height, data } = image;
  const radius = (window - 1) / 2;
  const bells = Array.from({ length: window }, (_, k) => Math.exp(-((k - radius) ** 2) / (2 * sigma * sigma)));
  const total = bells.reduce((sum, bell) => sum + bell, 0);
  const weights = Float64Array.from(bells, (bell) => bell / total);
  const along = new Float64Array(data.length);
  for (let x = 0; x < width; x++) {
    for (let k = 0; k < window; k++) {
      const from = reflected(x + k - radius, width);
      for (let at = 3 * x, source = 3 * from; at < data.length; at += 3 * width, source += 3 * width) {
        for (let channel = 0; channel < 3; channel++) along[at + channel]! += weights[k]! * data[source + channel]!;
      }
    }
  }
  const blurred = createImage(width, height);
  const row = 3 * width;
  for (let y = 0; y < height; y++) {
    const sources = Array.from({ length: window }, (_, k) => row * reflected(y + k - radius, height));
    for (let x = 0; x < row; x++) {
      let sum = 0;
      for (let k = 0; k < window; k++) sum += weights[k]! * along[sources[k]! + x]!;
      blurred.data[y * row + x] = Math.floor(sum + 0.5);
    }
  }
  return blurred;
}

function sigmaOf(window: number): number {
  return 0.3 * ((window - 1) / 2 - 1) + 0.8;
}

function reflected(index: number, length: number): number {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const folded = Math.abs(index) % period;
  return folded < length ? folded : period - folded;
}
