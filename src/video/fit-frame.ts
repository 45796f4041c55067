import { expected } from "../errors.ts";

/** How a picture of another shape comes into a frame: bent, with black bars, or filling it and losing what overhangs. */
export type ResizeMode = "stretch" | "letterbox" | "crop";

type Size = { readonly width: number; readonly height: number };

/**
 * The whole picture is scaled to `scaled`; its top left corner comes to (x, y) of the frame, pixels, negative where
 * the picture overhangs.
 */
export type FrameFit = Size & { readonly scaled: Size; readonly x: number; readonly y: number };

export type FitOptions = {
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  readonly resize?: ResizeMode;
};

/**
 * Where a picture lands in the frame that is asked for. With one side given, the other keeps the picture's shape;
 * with none, the frame is the picture. It is centred, and an odd pixel goes to the right or the bottom.
 *
 * @throws {ArcfaceError} INVALID_ARGUMENT where a side is not a whole number of at least 1, or the mode is unknown.
 */
export function fitFrame(picture: Size, { width, height, resize = "crop" }: FitOptions = {}): FrameFit {
  for (const side of [width, height]) {
    if (side !== undefined && !(Number.isInteger(side) && side > 0)) {
      throw expected("openVideo", "a width and height of at least one whole pixel", `${width}×${height}`);
    }
  }
  if (!["stretch", "letterbox", "crop"].includes(resize)) {
    throw expected("openVideo", "resize to be stretch, letterbox or crop", `${resize}`);
  }
  const frame = {
    width: width ?? shape((picture.width * (height ?? picture.height)) / picture.height),
    height: height ?? shape((picture.height * (width ?? picture.width)) / picture.width),
  };
  if (resize === "stretch") return { ...frame, scaled: frame, x: 0, y: 0 };
  const ratios = [frame.width / picture.width, frame.height / picture.height];
  const scale = resize === "letterbox" ? Math.min(...ratios) : Math.max(...ratios);
  const scaled = { width: shape(picture.width * scale), height: shape(picture.height * scale) };
  return {
    ...frame,
    scaled,
    x: Math.trunc((frame.width - scaled.width) / 2),
    y: Math.trunc((frame.height - scaled.height) / 2),
  };
}

function shape(side: number): number {
  return Math.max(1, Math.round(side));
}
