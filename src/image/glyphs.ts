import { createImage, type Image } from "./image.ts";
import { coordinate, escapeXml, FONT_FAMILY, textWidth } from "./svg-text.ts";

/** A copy of an image with an SVG laid over it, as a host draws it. */
export type DrawSvg = (image: Image, svg: string) => Promise<Image>;

/** One letter, white on black. */
export type Glyph = {
  readonly width: number;
  readonly height: number;
  /** How much of each pixel the letter covers, 0–255. */
  readonly coverage: Uint8Array;
  /** Where the letter's origin lies within: on its baseline, at its left. */
  readonly origin: readonly [x: number, y: number];
  /** From this letter's origin to the next one's, pixels. */
  readonly advance: number;
};

/** Letters that have been drawn once, for text on every frame of a video. */
export interface Glyphs {
  /** Of bold text, a glyph a letter. @param size of the font, whole pixels. */
  of(text: string, size: number): Promise<readonly Glyph[]>;
}

/** Letters kept at most: all of a few dozen sizes. */
const KEPT = 4096;

export function createGlyphs(draw: DrawSvg): Glyphs {
  const drawn = new Map<string, Promise<Glyph>>();
  return {
    of(text, size) {
      if (drawn.size > KEPT) drawn.clear();
      const glyphs = [...text].map((letter) => {
        const key = `${size} ${letter}`;
        const glyph = drawn.get(key) ?? drawGlyph(draw, letter, size);
        drawn.set(key, glyph);
        return glyph;
      });
      return Promise.all(glyphs);
    },
  };
}

async function drawGlyph(draw: DrawSvg, letter: string, size: number): Promise<Glyph> {
  const advance = textWidth(letter, size);
  const origin = [Math.ceil(0.25 * size), Math.ceil(1.1 * size)] as const;
  const [width, height] = [Math.ceil(origin[0] + advance + 0.25 * size), Math.ceil(origin[1] + 0.4 * size)];
  const svg = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<text x="${coordinate(origin[0])}" y="${coordinate(origin[1])}" font-family="${FONT_FAMILY}" font-weight="bold" font-size="${size}" fill="#ffffff">${escapeXml(letter)}</text>`,
    "</svg>",
  ].join("\n");
  const { data } = await draw(createImage(width, height), svg);
  return { width, height, coverage: data.filter((_, i) => i % 3 === 0), origin, advance };
}
