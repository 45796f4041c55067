import type { Box, Point } from "../geometry/types.ts";
import type { Glyph, Glyphs } from "./glyphs.ts";
import type { Image } from "./image.ts";
import { type FaceMark, layOutMarks, type Plate, textColour } from "./mark-layout.ts";

type Colour = readonly [red: number, green: number, blue: number];

const BLACK: Colour = [0, 0, 0];

/**
 * A copy of an image with marked faces drawn in, pixel by pixel: what annotateFaces lays over it as an SVG, but for
 * rounded corners and letters at whole pixels, in a few milliseconds at 1080p. For videos.
 */
export async function drawMarks(image: Image, faces: readonly FaceMark[], glyphs: Glyphs): Promise<Image> {
  const { width, height } = image;
  const out = { width, height, data: image.data.slice() };
  const { line, faces: boxes, plates } = layOutMarks(width, height, faces);
  for (const { box, colour, dots, radius } of boxes) {
    // A dark rim under the colour shows on bright walls, the colour on dark coats.
    strokeBox(out, box, 2.2 * line, BLACK, 0.55);
    strokeBox(out, box, 1.3 * line, parseColour(colour), 1);
    for (const dot of dots) {
      fillDisc(out, dot, 1.2 * radius, BLACK, 0.7);
      fillDisc(out, dot, 0.8 * radius, parseColour(colour), 1);
    }
  }
  for (const plate of plates) await drawPlate(out, plate, glyphs);
  return out;
}

async function drawPlate(out: Image, { box, colour, text, size, start }: Plate, glyphs: Glyphs): Promise<void> {
  fillBox(out, box, parseColour(colour), 1);
  const ink = parseColour(textColour(colour));
  let [x, y] = start;
  for (const glyph of await glyphs.of(text, Math.round(size))) {
    drawGlyph(out, glyph, Math.round(x), Math.round(y), ink);
    x += glyph.advance;
  }
}

/** The four sides of a box as lines about its edges, half of their width on either side. */
function strokeBox(out: Image, [x0, y0, x1, y1]: Box, thickness: number, colour: Colour, alpha: number): void {
  const half = Math.max(0.5, thickness / 2);
  const [left, right] = [Math.min(x0 + half, x1), Math.max(x1 - half, x0)];
  const [top, bottom] = [Math.min(y0 + half, y1), Math.max(y1 - half, y0)];
  fillBox(out, [x0 - half, y0 - half, x1 + half, top], colour, alpha);
  fillBox(out, [x0 - half, Math.max(bottom, top), x1 + half, y1 + half], colour, alpha);
  fillBox(out, [x0 - half, top, left, bottom], colour, alpha);
  fillBox(out, [Math.max(right, left), top, x1 + half, bottom], colour, alpha);
}

/** To whole pixels: those whose centres lie inside. */
function fillBox(out: Image, [x0, y0, x1, y1]: Box, colour: Colour, alpha: number): void {
  const [left, right] = [Math.max(0, Math.round(x0)), Math.min(out.width, Math.round(x1))];
  const [top, bottom] = [Math.max(0, Math.round(y0)), Math.min(out.height, Math.round(y1))];
  for (let y = top; y < bottom; y++) {
    for (let x = left, at = 3 * (y * out.width + left); x < right; x++, at += 3) blend(out, at, colour, alpha);
  }
}

function fillDisc(out: Image, [x, y]: Point, radius: number, colour: Colour, alpha: number): void {
  const [left, right] = [Math.max(0, Math.floor(x - radius - 1)), Math.min(out.width, Math.ceil(x + radius + 1))];
  const [top, bottom] = [Math.max(0, Math.floor(y - radius - 1)), Math.min(out.height, Math.ceil(y + radius + 1))];
  for (let j = top; j < bottom; j++) {
    for (let i = left; i < right; i++) {
      const inside = radius + 0.5 - Math.hypot(i + 0.5 - x, j + 0.5 - y);
      if (inside > 0) blend(out, 3 * (j * out.width + i), colour, alpha * Math.min(1, inside));
    }
  }
}

function drawGlyph(out: Image, { width, height, coverage, origin }: Glyph, x: number, y: number, ink: Colour): void {
  for (let j = 0, at = 0; j < height; j++) {
    const row = y - origin[1] + j;
    for (let i = 0; i < width; i++, at++) {
      const column = x - origin[0] + i;
      const isInside = row >= 0 && row < out.height && column >= 0 && column < out.width;
      if (coverage[at]! > 0 && isInside) blend(out, 3 * (row * out.width + column), ink, coverage[at]! / 255);
    }
  }
}

function blend({ data }: Image, at: number, [red, green, blue]: Colour, alpha: number): void {
  const rest = 1 - alpha;
  data[at] = alpha * red + rest * data[at]! + 0.5;
  data[at + 1] = alpha * green + rest * data[at + 1]! + 0.5;
  data[at + 2] = alpha * blue + rest * data[at + 2]! + 0.5;
}

function parseColour(hex: string): Colour {
  const value = Number.parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}
