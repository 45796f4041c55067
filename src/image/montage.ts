import { expected } from "../errors.ts";
import { paste } from "./collage.ts";
import { createImage, type Image } from "./image.ts";
import { personColour, textColour } from "./mark-layout.ts";
import { coordinate, escapeXml, FONT_FAMILY, fitText } from "./svg-text.ts";

/** One person of a contact sheet. */
export type MontageRow = {
  readonly label: string;
  /** The row's colour, as annotateFaces has it for that person; default: its place in the list. */
  readonly person?: number;
  readonly crops: readonly { readonly image: Image; readonly caption?: string }[];
};

export type MontageOptions = {
  /** Crops to a line; a longer row goes on below. Default 8. */
  readonly columns?: number;
};

/** A picture still without its text, and the SVG to lay over it. */
export type Montage = { readonly image: Image; readonly overlay: string };

const GAP = 8;
const CAPTION = 16;
const BACKGROUND = 32;

/**
 * A contact sheet: one row a person, the name on a plate at the left, the crops beside it with their captions below.
 *
 * @param rows crops of one size throughout, as alignFace makes them.
 * @throws {ArcfaceError} INVALID_ARGUMENT where there is no crop, or sizes differ.
 */
export function layOutMontage(rows: readonly MontageRow[], { columns = 8 }: MontageOptions = {}): Montage {
  const first = rows.flatMap((row) => row.crops)[0]?.image;
  if (!first) throw expected("montage", "at least one crop", "none");
  if (!(Number.isInteger(columns) && columns > 0)) throw expected("montage", "a number of columns", `${columns}`);
  const { width: w, height: h } = first;
  const plate = Math.max(96, Math.round(1.3 * w));
  const across = Math.min(columns, Math.max(...rows.map((row) => row.crops.length)));
  const lines = rows.map((row) => Math.max(1, Math.ceil(row.crops.length / columns)));
  const pitch = h + CAPTION + GAP;
  const image = createImage(
    GAP + plate + across * (w + GAP) + GAP,
    GAP + lines.reduce((sum, count) => sum + count * pitch, 0),
  );
  image.data.fill(BACKGROUND);
  const text: string[] = [];
  let y = GAP;
  for (const [r, { label, person = r, crops }] of rows.entries()) {
    const tall = lines[r]! * pitch - GAP;
    text.push(platePart(label, personColour(person), GAP, y, plate - GAP, tall - CAPTION));
    for (const [k, crop] of crops.entries()) {
      const left = GAP + plate + (k % columns) * (w + GAP);
      const top = y + Math.floor(k / columns) * pitch;
      if (crop.image.width !== w || crop.image.height !== h) {
        throw expected("montage", `crops of one size, ${w}×${h}`, `${crop.image.width}×${crop.image.height}`);
      }
      paste(image, crop.image, left, top);
      if (crop.caption) text.push(captionPart(crop.caption, left + w / 2, top + h + 0.75 * CAPTION, w));
    }
    y += lines[r]! * pitch;
  }
  const { width, height } = image;
  const overlay = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    ...text,
    "</svg>",
  ].join("\n");
  return { image, overlay };
}

function platePart(label: string, colour: string, x: number, y: number, width: number, height: number): string {
  const size = 15;
  const fitted = fitText(label, size, width - size);
  return [
    `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="5" fill="${colour}"/>`,
    `<text x="${x + width / 2}" y="${coordinate(y + height / 2 + 0.36 * size)}" text-anchor="middle" font-family="${FONT_FAMILY}" font-weight="bold" font-size="${size}" fill="${textColour(colour)}">${escapeXml(fitted)}</text>`,
  ].join("\n");
}

function captionPart(caption: string, x: number, y: number, width: number): string {
  const size = 10.5;
  return `<text x="${coordinate(x)}" y="${coordinate(y)}" text-anchor="middle" font-family="${FONT_FAMILY}" font-weight="bold" font-size="${size}" fill="#dddddd">${escapeXml(fitText(caption, size, width))}</text>`;
}
