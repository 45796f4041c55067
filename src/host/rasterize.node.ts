import { createRequire } from "node:module";
import { ArcfaceError } from "../errors.ts";
import { annotateFaces } from "../image/annotate.ts";
import type { Image } from "../image/image.ts";
import type { FaceMark } from "../image/mark-layout.ts";
import { layOutMontage, type MontageOptions, type MontageRow } from "../image/montage.ts";

/** A copy of an image with marked faces drawn in. */
export function drawFaces(image: Image, faces: readonly FaceMark[]): Promise<Image> {
  return drawSvg(image, annotateFaces(image.width, image.height, faces));
}

/** A contact sheet as a picture; see layOutMontage. */
export async function drawMontage(rows: readonly MontageRow[], options?: MontageOptions): Promise<Image> {
  const { image, overlay } = layOutMontage(rows, options);
  return drawSvg(image, overlay);
}

/**
 * A copy of an image with an SVG of our own making laid over it, stretched to the image. Text is set in DejaVu Sans,
 * which comes along: machines without fonts draw the same picture.
 *
 * @throws {ArcfaceError} INVALID_ARGUMENT where the SVG cannot be read.
 */
export async function drawSvg(image: Image, svg: string): Promise<Image> {
  const overlay = await rasterize(svg, image.width);
  if (overlay.width !== image.width || overlay.height !== image.height) {
    throw new ArcfaceError(
      "INVALID_ARGUMENT",
      `drawSvg: expected an SVG shaped as the image, ${image.width}×${image.height}, got ${overlay.width}×${overlay.height}`,
    );
  }
  const { pixels } = overlay;
  const data = new Uint8Array(image.data.length);
  for (let from = 0, to = 0; to < data.length; from += 4, to += 3) {
    // The colours have been multiplied by alpha.
    const left = 255 - pixels[from + 3]!;
    for (let k = 0; k < 3; k++) data[to + k] = pixels[from + k]! + Math.round((left * image.data[to + k]!) / 255);
  }
  return { width: image.width, height: image.height, data };
}

/** RGBA, colours multiplied by alpha. */
async function rasterize(svg: string, width: number) {
  // Native, and for pictures only: loaded when one is drawn.
  const { Resvg } = await import("@resvg/resvg-js");
  const fonts = createRequire(import.meta.url).resolve("dejavu-fonts-ttf/package.json");
  const fontFiles = ["DejaVuSans.ttf", "DejaVuSans-Bold.ttf"].map((file) =>
    fonts.replace("package.json", `ttf/${file}`),
  );
  try {
    return new Resvg(svg, {
      fitTo: { mode: "width", value: width },
      font: { fontFiles, loadSystemFonts: false, defaultFontFamily: "DejaVu Sans" },
    }).render();
  } catch (cause) {
    throw new ArcfaceError("INVALID_ARGUMENT", `drawSvg: the SVG cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  }
}
