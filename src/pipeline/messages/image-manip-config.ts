import { ArcfaceError, expected } from "../../errors.ts";
import type { Homography } from "../../geometry/homography.ts";
import type { Point } from "../../geometry/types.ts";
import type { PixelType } from "../../image/pixel-types.ts";
import type { Rgb } from "../../image/warp-perspective.ts";
import { Buffer, type Stamps } from "./buffer.ts";
import type { Point2f } from "./img-transformation.ts";
import { RotatedRect } from "./rotated-rect.ts";

/**
 * How a picture is put into the output size. NONE: as large as it is; STRETCH: filling it, whatever the proportions;
 * LETTERBOX: all of it, with borders; CENTER_CROP: filling it, what does not fit cut off.
 */
export type ResizeMode = "NONE" | "STRETCH" | "LETTERBOX" | "CENTER_CROP";

/** One step on a canvas, which begins as the picture. Coordinates are of the canvas before it, from its top left edge. */
export type ManipOp =
  | { readonly kind: "crop"; readonly rect: RotatedRect }
  | { readonly kind: "scale"; readonly x: number; readonly y: number }
  /** Degrees, clockwise as seen, about a fraction of the canvas. */
  | { readonly kind: "rotate"; readonly angle: number; readonly center: Point2f }
  | { readonly kind: "flip"; readonly axis: "horizontal" | "vertical" }
  /** By rows. */
  | { readonly kind: "affine"; readonly matrix: readonly [number, number, number, number] }
  | { readonly kind: "perspective"; readonly matrix: Homography }
  | {
      readonly kind: "fourPoints";
      readonly from: readonly Point[];
      readonly to: readonly Point[];
      readonly normalized: boolean;
    };

/**
 * What ImageManip is to do with a picture, as DepthAI's class of this name. Steps are taken in the order in which they
 * are added; they are computed as one, so no pixel is read twice.
 *
 * After a crop the canvas is what was cut out; after a scale, a turn or an affine it is the upright rectangle about what
 * there was; flips, perspectives and four points keep its size, and cut off what leaves it.
 */
export class ImageManipConfig extends Buffer {
  #ops: readonly ManipOp[] = [];
  #outputSize: readonly [width: number, height: number] | null = null;
  #resizeMode: ResizeMode = "NONE";
  #isCentred = true;
  #frameType: PixelType | null = null;
  #background: Rgb = [0, 0, 0];
  #reusePreviousImage = false;
  #skipCurrentImage = false;

  constructor(stamps: Stamps = {}) {
    super(new Uint8Array(), stamps);
  }

  /** Beyond the picture the background shows. */
  addCrop(x: number, y: number, width: number, height: number): this {
    return this.addCropRotatedRect(RotatedRect.ofEdges(x, y, x + width, y + height, false), false);
  }

  /** The rectangle is turned upright. @param normalizedCoords whether it is in fractions of the canvas. */
  addCropRotatedRect({ center, size, angle }: RotatedRect, normalizedCoords = false): this {
    if (!(size.width > 0 && size.height > 0 && Number.isFinite(center.x + center.y + angle))) {
      throw expected("ImageManipConfig: crop", "a rectangle of positive size", `${size.width}×${size.height}`);
    }
    return this.#add({ kind: "crop", rect: new RotatedRect(center, size, angle, normalizedCoords) });
  }

  /** Its width and height times these. */
  addScale(x: number, y: number = x): this {
    if (!(x > 0 && y > 0)) throw expected("ImageManipConfig: addScale", "factors above 0", `${x} and ${y}`);
    return this.#add({ kind: "scale", x, y });
  }

  /** Clockwise as seen. @param center fractions of the canvas; it matters not where all of the picture stays in view. */
  addRotateDeg(angle: number, center: Point2f = { x: 0.5, y: 0.5 }): this {
    return this.#add({ kind: "rotate", angle, center });
  }

  addFlipHorizontal(): this {
    return this.#add({ kind: "flip", axis: "horizontal" });
  }

  addFlipVertical(): this {
    return this.#add({ kind: "flip", axis: "vertical" });
  }

  /** @param matrix a, b, c, d of x' = a·x + b·y, y' = c·x + d·y. */
  addTransformAffine(matrix: readonly [number, number, number, number]): this {
    return this.#add({ kind: "affine", matrix });
  }

  /** @param matrix nine numbers by rows, in pixels of the canvas. */
  addTransformPerspective(matrix: Homography): this {
    return this.#add({ kind: "perspective", matrix });
  }

  /** Bring four points of the canvas to four others. @param normalizedCoords whether all are in fractions of it. */
  addTransformFourPoints(from: readonly Point2f[], to: readonly Point2f[], normalizedCoords = false): this {
    const points = (list: readonly Point2f[]): Point[] => list.map(({ x, y }) => [x, y]);
    return this.#add({ kind: "fourPoints", from: points(from), to: points(to), normalized: normalizedCoords });
  }

  /** Forget the steps; output size and the rest stay. */
  clearOps(): this {
    this.#ops = [];
    return this;
  }

  getOps(): readonly ManipOp[] {
    return this.#ops;
  }

  /** Without it the output is as large as the canvas. */
  setOutputSize(width: number, height: number, mode: ResizeMode = "NONE"): this {
    if (!(Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0)) {
      throw expected("ImageManipConfig: setOutputSize", "whole numbers of pixels", `${width}×${height}`);
    }
    this.#outputSize = [width, height];
    this.#resizeMode = mode;
    return this;
  }

  getOutputSize(): readonly [width: number, height: number] | null {
    return this.#outputSize;
  }

  getResizeMode(): ResizeMode {
    return this.#resizeMode;
  }

  /** Whether the picture lies in the output's middle, where it does not fill it, or at its top left. Default true. */
  setOutputCenter(isCentred: boolean): this {
    this.#isCentred = isCentred;
    return this;
  }

  getOutputCenter(): boolean {
    return this.#isCentred;
  }

  /** Default: the type of what comes in. */
  setFrameType(type: PixelType): this {
    this.#frameType = type;
    return this;
  }

  getFrameType(): PixelType | null {
    return this.#frameType;
  }

  /** 0–255; one number is a grey. Default black. */
  setBackgroundColor(red: number, green: number = red, blue: number = red): this {
    this.#background = [red, green, blue];
    return this;
  }

  getBackgroundColor(): Rgb {
    return this.#background;
  }

  /** Where configurations are waited for: take the image before once more, and wait for none. */
  setReusePreviousImage(reuse: boolean): this {
    this.#reusePreviousImage = reuse;
    return this;
  }

  getReusePreviousImage(): boolean {
    return this.#reusePreviousImage;
  }

  /** Where configurations are waited for: take the next image, and send nothing. */
  setSkipCurrentImage(skip: boolean): this {
    this.#skipCurrentImage = skip;
    return this;
  }

  getSkipCurrentImage(): boolean {
    return this.#skipCurrentImage;
  }

  /** @throws {ArcfaceError} UNSUPPORTED_FORMAT unless it is NONE. */
  setColormap(colormap: string): this {
    if (colormap === "NONE") return this;
    throw new ArcfaceError("UNSUPPORTED_FORMAT", `ImageManipConfig: colour maps are not supported, got ${colormap}`);
  }

  /** @throws {ArcfaceError} UNSUPPORTED_FORMAT where it is true: nothing here knows a lens. */
  setUndistort(undistort: boolean): this {
    if (!undistort) return this;
    throw new ArcfaceError("UNSUPPORTED_FORMAT", "ImageManipConfig: undistortion is not supported: no lens is known");
  }

  #add(op: ManipOp): this {
    this.#ops = [...this.#ops, op];
    return this;
  }
}
