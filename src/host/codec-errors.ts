import { ArcfaceError, expected } from "../errors.ts";
import { describeBytes, type ImageKind, sniffImage } from "../image/sniff.ts";

/** 100 megapixels: above any camera's photo, below a bomb; 300 MB decoded. */
export const MAX_PIXELS = 100e6;

export const KIND_NAMES: Record<ImageKind, string> = {
  jpeg: "a JPEG",
  png: "a PNG",
  webp: "a WebP",
  gif: "a GIF",
  tiff: "a TIFF",
  heif: "an AVIF or HEIC",
};

/**
 * What kind of image a codec was given.
 *
 * @param read the formats it reads, for the error.
 * @throws {ArcfaceError} INVALID_ARGUMENT where it was given something else than bytes and a limit; UNSUPPORTED_FORMAT.
 */
export function checkKind(bytes: Uint8Array, name: string, maxPixels: number, read: string): ImageKind {
  if (!(bytes instanceof Uint8Array)) throw expected(name, "the bytes of an image", typeof bytes);
  if (!(maxPixels > 0)) throw expected(name, "maxPixels above 0", `${maxPixels}`);
  const kind = sniffImage(bytes);
  if (kind !== null) return kind;
  throw new ArcfaceError("UNSUPPORTED_FORMAT", `${name}: expected ${read}, got ${describeBytes(bytes)}`);
}

/** @throws {ArcfaceError} TOO_LARGE */
export function checkPixels(name: string, width: number, height: number, maxPixels: number): void {
  if (width * height <= maxPixels) return;
  throw new ArcfaceError(
    "TOO_LARGE",
    `${name}: ${width}×${height} is ${millions(width * height)} megapixels, more than maxPixels, ${millions(maxPixels)}`,
    { hint: "shrink it, or raise maxPixels if you trust it" },
  );
}

/** @param what completes "a JPEG that is …". */
export function damagedImage(name: string, kind: ImageKind, what: string, cause: unknown): ArcfaceError {
  return new ArcfaceError("UNSUPPORTED_FORMAT", `${name}: ${KIND_NAMES[kind]} that is ${what}`, {
    hint: "get the file again from where it came from, or save it anew with an image editor",
    cause,
  });
}

function millions(pixels: number): string {
  return `${Math.round(pixels / 1e4) / 100}`;
}
