import { ArcfaceError, expected } from "../errors.ts";
import { createImage, type Image } from "./image.ts";
import { rgbToYuv420, type Yuv420Layout, yuv420ToRgb } from "./yuv.ts";

/** How pixels lie in memory, by the names that DepthAI gives them: order of colours, `p` planes, `i` interleaved. */
export type PixelType = "RGB888p" | "BGR888p" | "RGB888i" | "BGR888i" | "YUV420p" | "NV12" | "NV21" | "GRAY8";

/** Pixels of any of the types. Planes follow each other, each of `height` rows (of chroma half as many). */
export type Pixels = {
  readonly type: PixelType;
  readonly width: number;
  readonly height: number;
  /** Bytes from one row of the first plane to the next; of YUV420p's chroma half as many. */
  readonly stride: number;
  readonly data: Uint8Array;
};

/** Bytes of a row without padding. */
export function tightStride(type: PixelType, width: number): number {
  return type === "RGB888i" || type === "BGR888i" ? 3 * width : width;
}

/** Bytes of a picture whose rows lie `stride` apart. */
export function byteLengthOf(type: PixelType, height: number, stride: number): number {
  if (type === "RGB888p" || type === "BGR888p") return 3 * stride * height;
  return isYuv420(type) ? (3 * stride * height) / 2 : stride * height;
}

/**
 * The same pixels as RGB; of RGB888i without padding the bytes themselves, not a copy.
 *
 * @throws {ArcfaceError} INVALID_ARGUMENT where size, stride and bytes do not belong together.
 */
export function toRgb(pixels: Pixels): Image {
  checkPixels(pixels);
  const { type, width, height, stride, data } = pixels;
  const isTight = stride === tightStride(type, width);
  if (type === "RGB888i" && isTight) return { width, height, data: data.subarray(0, 3 * width * height) };
  if (isYuv420(type)) {
    return { width, height, data: yuv420ToRgb(data, width, height, yuv420Layout(type, height, stride)) };
  }
  const image = createImage(width, height);
  const { offsets, step } = channels(type, height, stride);
  for (const [k, offset] of offsets.entries()) {
    for (let y = 0, to = k; y < height; y++) {
      for (let x = 0, at = offset + y * stride; x < width; x++, at += step, to += 3) image.data[to] = data[at]!;
    }
  }
  return image;
}

/**
 * An image as pixels of a type, without padding. Grey is luma of the full range, 0.299 R + 0.587 G + 0.114 B.
 *
 * @throws {ArcfaceError} INVALID_ARGUMENT where the type needs even sizes and they are not.
 */
export function fromRgb({ width, height, data }: Image, type: PixelType): Pixels {
  const stride = tightStride(type, width);
  if (type === "RGB888i") return { type, width, height, stride, data };
  const out = new Uint8Array(byteLengthOf(type, height, stride));
  const pixels = { type, width, height, stride, data: out };
  checkPixels(pixels);
  if (isYuv420(type)) rgbToYuv420(data, width, height, yuv420Layout(type, height, stride), out);
  else if (type === "GRAY8") toGrey(data, out);
  else {
    const { offsets, step } = channels(type, height, stride);
    for (const [k, offset] of offsets.entries()) {
      for (let at = k, to = offset; at < data.length; at += 3, to += step) out[to] = data[at]!;
    }
  }
  return pixels;
}

/** @throws {ArcfaceError} UNSUPPORTED_FORMAT where DepthAI's name is that of a type that is not converted. */
export function asPixelType(where: string, type: string): PixelType {
  if (type === "YUV400p") return "GRAY8"; // two names of one thing
  if ((PIXEL_TYPES as readonly string[]).includes(type)) return type as PixelType;
  throw new ArcfaceError("UNSUPPORTED_FORMAT", `${where}: expected ${PIXEL_TYPES.join(", ")}, got ${type}`);
}

const PIXEL_TYPES: readonly PixelType[] = [
  "RGB888p",
  "BGR888p",
  "RGB888i",
  "BGR888i",
  "YUV420p",
  "NV12",
  "NV21",
  "GRAY8",
];

type Yuv420 = "YUV420p" | "NV12" | "NV21";

function isYuv420(type: PixelType): type is Yuv420 {
  return type === "YUV420p" || type === "NV12" || type === "NV21";
}

function yuv420Layout(type: Yuv420, height: number, stride: number): Yuv420Layout {
  const chroma = stride * height;
  if (type === "NV12") return { stride, chromaStride: stride, u: chroma, v: chroma + 1, step: 2 };
  if (type === "NV21") return { stride, chromaStride: stride, u: chroma + 1, v: chroma, step: 2 };
  return { stride, chromaStride: stride / 2, u: chroma, v: chroma + (chroma >> 2), step: 1 };
}

/** Where red, green and blue begin, and how far apart the pixels of one colour are. */
function channels(type: PixelType, height: number, stride: number): { offsets: readonly number[]; step: number } {
  if (type === "GRAY8") return { offsets: [0, 0, 0], step: 1 };
  const isPlanar = type === "RGB888p" || type === "BGR888p";
  const distance = isPlanar ? stride * height : 1;
  const order = type === "RGB888p" || type === "RGB888i" ? [0, 1, 2] : [2, 1, 0];
  return { offsets: order.map((place) => place * distance), step: isPlanar ? 1 : 3 };
}

function toGrey(rgb: Uint8Array, out: Uint8Array): void {
  for (let at = 0, to = 0; to < out.length; at += 3, to++) {
    out[to] = 0.299 * rgb[at]! + 0.587 * rgb[at + 1]! + 0.114 * rgb[at + 2]! + 0.5;
  }
}

function checkPixels({ type, width, height, stride, data }: Pixels): void {
  if (!(Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0)) {
    throw expected("frame", "a width and height of at least one whole pixel", `${width}×${height}`);
  }
  if (isYuv420(type) && (width % 2 !== 0 || height % 2 !== 0 || stride % 2 !== 0)) {
    throw expected("frame", `an even width, height and stride for ${type}`, `${width}×${height}, stride ${stride}`);
  }
  const row = tightStride(type, width);
  if (!(Number.isInteger(stride) && stride >= row)) {
    throw expected("frame", `a stride of ${row} bytes or more for ${width} pixels of ${type}`, `${stride}`);
  }
  const least = byteLengthOf(type, height, stride);
  // The last row's padding may be missing.
  if (data.length < least - (stride - row)) {
    throw expected("frame", `${least} bytes for ${width}×${height} ${type}, stride ${stride}`, `${data.length}`);
  }
}
