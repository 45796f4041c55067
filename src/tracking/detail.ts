import { halve } from "../image/crop-sampler.ts";
import { createImage, type Image } from "../image/image.ts";

/** Eyes, nose and mouth in an aligned crop, as shares of its side: within, there is neither background nor black border. */
const FACE = { left: 0.25, top: 0.34, right: 0.75, bottom: 0.88 };

/**
 * The variance of the Laplacian of what is no face: sensor noise, rounding and compression, of about one level at the
 * crop's size. Without it black faces in the dark count as sharp.
 */
const NOISE = 6;

/**
 * How much of a face's contrast lies in fine detail: the variance of the Laplacian of the luma over the variance of the
 * luma, at half the crop's size. Brightness and contrast do not change it (cf. `sharpness`, which they do), and at half
 * the size sensor noise and compression count less than what a network looks at.
 *
 * @param crop an aligned face, e.g. alignFace's of 112×112.
 * @returns 0 for a crop of one colour; of aligned crops at 112, about 0.02 for a smear, above 0.3 for a sharp face.
 */
export function faceDetail(crop: Image): number {
  const { width, height, data } = halve(inner(crop));
  const luma = new Float64Array(width * height);
  // Rec. 601, as cv2.cvtColor to grey
  for (let i = 0; i < luma.length; i++) {
    luma[i] = 0.299 * data[3 * i]! + 0.587 * data[3 * i + 1]! + 0.114 * data[3 * i + 2]!;
  }
  let [n, sum, squares, detail, detailSquares] = [0, 0, 0, 0, 0];
  for (let y = 1; y < height - 1; y++) {
    for (let i = y * width + 1; i < (y + 1) * width - 1; i++) {
      const value = luma[i]!;
      const laplacian = luma[i - 1]! + luma[i + 1]! + luma[i - width]! + luma[i + width]! - 4 * value;
      n++;
      sum += value;
      squares += value ** 2;
      detail += laplacian;
      detailSquares += laplacian ** 2;
    }
  }
  if (n === 0) return 0;
  const variance = squares / n - (sum / n) ** 2;
  const fine = detailSquares / n - (detail / n) ** 2;
  return Math.max(0, fine - NOISE) / (variance + NOISE);
}

function inner({ width, height, data }: Image): Image {
  const [x0, y0] = [Math.floor(width * FACE.left), Math.floor(height * FACE.top)];
  const w = Math.max(1, Math.ceil(width * FACE.right) - x0);
  const h = Math.max(1, Math.ceil(height * FACE.bottom) - y0);
  const part = createImage(w, h);
  for (let y = 0; y < h; y++) {
    const from = 3 * ((y0 + y) * width + x0);
    part.data.set(data.subarray(from, from + 3 * w), 3 * y * w);
  }
  return part;
}
