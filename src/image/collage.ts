import { expected } from "../errors.ts";
import { createPyramid, sampleCrop, windowAffine } from "./crop-sampler.ts";
import { createImage, type Image } from "./image.ts";

/** @returns the image at that size, stretched; smaller sizes do not alias. */
export function resize(image: Image, width: number, height: number): Image {
  const centre = [(image.width - 1) / 2, (image.height - 1) / 2] as const;
  const whole = windowAffine({ centre, size: [image.width, image.height] }, width, height);
  return sampleCrop(createPyramid(image), whole, width, height);
}

/** Copy the part of `from` that lies inside `onto` to where its top left corner is (x, y). */
export function paste(onto: Image, from: Image, x: number, y: number): void {
  const columns = Math.min(from.width, onto.width - x);
  for (let row = 0; row < Math.min(from.height, onto.height - y); row++) {
    onto.data.set(
      from.data.subarray(3 * row * from.width, 3 * (row * from.width + columns)),
      3 * ((y + row) * onto.width + x),
    );
  }
}

/**
 * Pictures in lines of one height each, every line filling the width, in order: no picture is cut or stretched.
 *
 * @param width of the collage, pixels.
 * @param lineHeight about how tall a line should be; the last may be narrower than the width.
 * @throws {ArcfaceError} INVALID_ARGUMENT where there is no picture.
 */
export function collage(images: readonly Image[], width: number, lineHeight: number, gap = 8): Image {
  if (images.length === 0) throw expected("collage", "at least one picture", "none");
  const lines: Image[][] = [];
  let line: Image[] = [];
  for (const image of images) {
    line.push(image);
    if (heightOf(line, width, gap) <= lineHeight) {
      lines.push(line);
      line = [];
    }
  }
  if (line.length > 0) lines.push(line);
  const heights = lines.map((l) => Math.min(heightOf(l, width, gap), lineHeight));
  const canvas = createImage(
    width,
    heights.reduce((sum, h) => sum + h + gap, gap),
  );
  canvas.data.fill(BACKGROUND);
  let y = gap;
  for (const [i, l] of lines.entries()) {
    let x = gap;
    for (const image of l) {
      const w = Math.max(1, Math.round((heights[i]! * image.width) / image.height));
      paste(canvas, resize(image, w, heights[i]!), x, y);
      x += w + gap;
    }
    y += heights[i]! + gap;
  }
  return canvas;
}

const BACKGROUND = 32;

/** The height at which a line of pictures fills the width. */
function heightOf(line: readonly Image[], width: number, gap: number): number {
  const aspect = line.reduce((sum, { width: w, height: h }) => sum + w / h, 0);
  return Math.max(1, Math.floor((width - gap * (line.length + 1)) / aspect));
}
