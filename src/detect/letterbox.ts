import { boxArea } from "../geometry/box.ts";
import type { Affine, Box } from "../geometry/types.ts";
import type { NetworkInput } from "../host/network.ts";
import { windowAffine } from "../image/crop-sampler.ts";

/**
 * How a region of an image is laid into a network's input.
 *
 * - `top-left`  its sides in proportion, from the corner, the rest to the right or below: InsightFace, YuNet.
 *   A region that fits is not enlarged: nothing is gained by it, and a face that fills a small picture would
 *   become larger than the network knows. A network of any size gets no more rows and columns than are needed.
 * - `centred`   its sides in proportion, in the middle: BlazeFace. Always fills the input: this network knows
 *   faces by their share of it.
 * - `stretched` each side by itself: UltraFace.
 */
export type Fit = "top-left" | "centred" | "stretched";

/** The input's size, and where its pixel centres lie in the image. */
export type Letterbox = { readonly width: number; readonly height: number; readonly toImage: Affine };

type InputSize = Pick<NetworkInput, "width" | "height" | "dynamic" | "stride">;

/**
 * @param region in the image's pixels, edge to edge; may reach beyond the image.
 * @param padding `centred` only: how much room to leave on each side of the region, as a share of its longer side.
 */
export function letterbox(region: Box, input: InputSize, fit: Fit, padding = 0): Letterbox {
  const [x0, y0, x1, y1] = region;
  const [w, h] = [x1 - x0, y1 - y0];
  const { width, height } = input;
  const centre = [(x0 + x1 - 1) / 2, (y0 + y1 - 1) / 2] as const;
  if (fit === "stretched") return { width, height, toImage: windowAffine({ centre, size: [w, h] }, width, height) };
  if (fit === "centred") {
    const scale = Math.max(w / width, h / height) * (1 + 2 * padding);
    return { width, height, toImage: windowAffine({ centre, size: [width * scale, height * scale] }, width, height) };
  }
  const scale = Math.max(w / width, h / height, 1);
  const fitted = (size: number, whole: number) =>
    input.dynamic ? Math.min(whole, Math.max(1, Math.ceil(size / scale / input.stride)) * input.stride) : whole;
  const [columns, rows] = [fitted(w, width), fitted(h, height)];
  const from = [x0 - 0.5 + (columns * scale) / 2, y0 - 0.5 + (rows * scale) / 2] as const;
  return {
    width: columns,
    height: rows,
    toImage: windowAffine({ centre: from, size: [columns * scale, rows * scale] }, columns, rows),
  };
}

/** The whole image as a region. */
export function wholeOf({ width, height }: { readonly width: number; readonly height: number }): Box {
  return [0, 0, width, height];
}

/** The square about a box's centre whose side is the box's longer one, `times` as long. */
export function squareAbout(box: Box, times = 1): Box {
  const [x0, y0, x1, y1] = box;
  const half = (Math.max(x1 - x0, y1 - y0) * times) / 2;
  const [x, y] = [(x0 + x1) / 2, (y0 + y1) / 2];
  return [x - half, y - half, x + half, y + half];
}

/** May a crop be taken there? */
export function isRegion(box: Box): boolean {
  return box.every(Number.isFinite) && boxArea(box) >= 1;
}
