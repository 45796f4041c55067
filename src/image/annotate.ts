import { type FaceMark, layOutMarks, type MarkLayout, type Plate, textColour } from "./mark-layout.ts";
import { coordinate, escapeXml, FONT_FAMILY } from "./svg-text.ts";

/** Boxes, landmarks and label plates (layOutMarks) as an SVG to lay over an image of that size. */
export function annotateFaces(width: number, height: number, faces: readonly FaceMark[]): string {
  const { faces: boxes, plates, line } = layOutMarks(width, height, faces);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    ...boxes.map((box) => markFace(box, line)),
    // Plates come last, so that no line runs over a name.
    ...plates.map((plate) => labelFace(plate, line)),
    "</svg>",
  ].join("\n");
}

function markFace({ box: [x0, y0, x1, y1], colour, dots, radius }: MarkLayout["faces"][number], line: number): string {
  const rect = `x="${coordinate(x0)}" y="${coordinate(y0)}" width="${coordinate(x1 - x0)}" height="${coordinate(y1 - y0)}" rx="${coordinate(2 * line)}" fill="none"`;
  return [
    // A dark rim under the colour shows on bright walls, the colour on dark coats.
    `<rect ${rect} stroke="#000000" stroke-opacity="0.55" stroke-width="${coordinate(2.2 * line)}"/>`,
    `<rect ${rect} stroke="${colour}" stroke-width="${coordinate(1.3 * line)}"/>`,
    ...dots.map(
      ([x, y]) =>
        `<circle cx="${coordinate(x)}" cy="${coordinate(y)}" r="${coordinate(radius)}" fill="${colour}" stroke="#000000" stroke-opacity="0.7" stroke-width="${coordinate(0.4 * radius)}"/>`,
    ),
  ].join("\n");
}

function labelFace({ box: [x0, y0, x1, y1], colour, text, size, start: [x, y] }: Plate, line: number): string {
  return [
    `<rect x="${coordinate(x0)}" y="${coordinate(y0)}" width="${coordinate(x1 - x0)}" height="${coordinate(y1 - y0)}" rx="${coordinate(0.2 * size)}" fill="${colour}" stroke="#000000" stroke-opacity="0.45" stroke-width="${coordinate(0.5 * line)}"/>`,
    `<text x="${coordinate(x)}" y="${coordinate(y)}" font-family="${FONT_FAMILY}" font-weight="bold" font-size="${coordinate(size)}" fill="${textColour(colour)}">${escapeXml(text)}</text>`,
  ].join("\n");
}
