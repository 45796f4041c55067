/**
 * Conversions between RGB and luma with chroma at half the width and half the height, 8 bit, ITU-R BT.601, video range
 * (luma 16–235, chroma 16–240 about 128): what cameras and decoders give, and what OpenCV's COLOR_YUV2RGB_NV12, _NV21
 * and _I420 assume.
 */

/** Where the three parts of a picture lie among its bytes. */
export type Yuv420Layout = {
  /** Bytes from one row of luma to the next. */
  readonly stride: number;
  readonly chromaStride: number;
  /** Byte of the first sample. */
  readonly u: number;
  readonly v: number;
  /** Bytes from one sample of chroma to the next: 1 where u and v have planes of their own, 2 where they alternate. */
  readonly step: 1 | 2;
};

// Kr = 0.299, Kb = 0.114 (BT.601); a step of luma is 255 / 219 of RGB's, one of chroma 255 / 224.
const [KR, KB] = [0.299, 0.114];
const KG = 1 - KR - KB;
const LUMA = 255 / 219;
const CHROMA = 255 / 112;
const RED_V = CHROMA * (1 - KR);
const GREEN_V = (-CHROMA * KR * (1 - KR)) / KG;
const GREEN_U = (-CHROMA * KB * (1 - KB)) / KG;
const BLUE_U = CHROMA * (1 - KB);

/** @param width and height even. @returns RGB, HWC. */
export function yuv420ToRgb(data: Uint8Array, width: number, height: number, layout: Yuv420Layout): Uint8Array {
  const { stride, chromaStride, step } = layout;
  // Clamped bytes round, and keep to 0–255.
  const rgb = new Uint8ClampedArray(3 * width * height);
  for (let y = 0, to = 0; y < height; y++) {
    const chroma = (y >> 1) * chromaStride;
    for (let x = 0, at = y * stride; x < width; x += 2) {
      const sample = chroma + (x >> 1) * step;
      const u = data[layout.u + sample]! - 128;
      const v = data[layout.v + sample]! - 128;
      const [red, green, blue] = [RED_V * v, GREEN_V * v + GREEN_U * u, BLUE_U * u];
      for (const end = at + 2; at < end; at++, to += 3) {
        const luma = LUMA * Math.max(0, data[at]! - 16);
        rgb[to] = luma + red;
        rgb[to + 1] = luma + green;
        rgb[to + 2] = luma + blue;
      }
    }
  }
  return new Uint8Array(rgb.buffer);
}

/**
 * Chroma is that of the mean of each 2×2 pixels (OpenCV takes the first of them).
 *
 * @param rgb HWC, of a width and height that are even.
 * @param out filled where the layout says.
 */
export function rgbToYuv420(
  rgb: Uint8Array,
  width: number,
  height: number,
  layout: Yuv420Layout,
  out: Uint8Array,
): void {
  const { stride, chromaStride, step } = layout;
  const luma = (at: number): number => 16 + (KR * rgb[at]! + KG * rgb[at + 1]! + KB * rgb[at + 2]!) / LUMA + 0.5;
  const row = 3 * width;
  for (let y = 0; y < height; y += 2) {
    for (let x = 0; x < width; x += 2) {
      const at = 3 * (y * width + x);
      const to = y * stride + x;
      out[to] = luma(at);
      out[to + 1] = luma(at + 3);
      out[to + stride] = luma(at + row);
      out[to + stride + 1] = luma(at + row + 3);
      const mean = (k: number): number =>
        (rgb[at + k]! + rgb[at + 3 + k]! + rgb[at + row + k]! + rgb[at + row + 3 + k]!) / 4;
      const [red, green, blue] = [mean(0), mean(1), mean(2)];
      const grey = KR * red + KG * green + KB * blue;
      const sample = (y >> 1) * chromaStride + (x >> 1) * step;
      out[layout.u + sample] = 128.5 + (blue - grey) / BLUE_U;
      out[layout.v + sample] = 128.5 + (red - grey) / RED_V;
    }
  }
}
