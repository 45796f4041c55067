import { ArcfaceError } from "../errors.ts";
import type { Image } from "./image.ts";

/** Pixels read back at once: browsers limit a canvas's area (16 megapixels at the least), and four bytes a pixel add up. */
const STRIP_PIXELS = 1 << 22;

export type Drawable = CanvasImageSource & Parameters<OffscreenCanvasRenderingContext2D["drawImage"]>[0];

/** Where on the image a picture goes, in pixels; what it leaves free is black. */
export type Placement = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };

/**
 * A reader of pictures into images of one size, with its canvas kept from one to the next: sRGB, alpha on black.
 *
 * @throws {ArcfaceError} MISSING_TOOL where the browser has no canvas off the screen (Safari before 16.4).
 */
export function createPixelReader(width: number, height: number): (picture: Drawable, at?: Placement) => Image {
  const rows = Math.max(1, Math.min(height, Math.floor(STRIP_PIXELS / width)));
  const context = createContext(width, rows);
  return (picture, at = { x: 0, y: 0, width, height }) => {
    const data = new Uint8Array(3 * width * height);
    for (let top = 0; top < height; top += rows) {
      const count = Math.min(rows, height - top);
      context.fillRect(0, 0, width, count);
      context.drawImage(picture, at.x, at.y - top, at.width, at.height);
      dropAlpha(context.getImageData(0, 0, width, count).data, data.subarray(3 * width * top));
    }
    return { width, height, data };
  };
}

function createContext(width: number, height: number): OffscreenCanvasRenderingContext2D {
  const hint = "Chrome and Firefox have it, and Safari from 16.4";
  if (typeof OffscreenCanvas === "undefined")
    throw new ArcfaceError("MISSING_TOOL", "this browser has no OffscreenCanvas to read pixels with", { hint });
  const context = new OffscreenCanvas(width, height).getContext("2d", {
    alpha: false,
    colorSpace: "srgb",
    willReadFrequently: true, // in memory, not on a graphics card, whose scaling differs from machine to machine
  });
  if (!context) throw new ArcfaceError("MISSING_TOOL", `this browser gives no canvas of ${width}×${height}`, { hint });
  context.fillStyle = "#000";
  context.imageSmoothingQuality = "high";
  return context;
}

function dropAlpha(rgba: Uint8ClampedArray, rgb: Uint8Array): void {
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
    rgb[to] = rgba[from]!;
    rgb[to + 1] = rgba[from + 1]!;
    rgb[to + 2] = rgba[from + 2]!;
  }
}
