import { ArcfaceError } from "../errors.ts";
import { headerSize } from "../image/header-size.ts";
import type { Image } from "../image/image.ts";
import { createPixelReader } from "../image/read-pixels.web.ts";
import type { ImageKind } from "../image/sniff.ts";
import { checkKind, checkPixels, damagedImage, MAX_PIXELS } from "./codec-errors.ts";
import type { DecodeOptions, ImageCodec } from "./host.ts";

const READ = "JPEG, PNG, WebP, GIF, AVIF, or what else this browser decodes";

/** Formats that are whole and yet not read: Chrome and Firefox lack HEIC and TIFF, which Safari has. */
const NOT_EVERYWHERE: readonly ImageKind[] = ["heif", "tiff"];

/** As codec.node.ts encodes. Browsers do not let one choose 4:4:4. */
const JPEG_QUALITY = 92;

/** Images through the browser's own decoders and encoders. */
export function createWebCodec(): ImageCodec {
  return {
    async decode(bytes, name, { maxPixels = MAX_PIXELS }: DecodeOptions = {}): Promise<Image> {
      const kind = checkKind(bytes, name, maxPixels, READ);
      const declared = headerSize(bytes, kind);
      if (!declared)
        throw damagedImage(name, kind, "truncated or damaged: its header does not say its size", undefined);
      checkPixels(name, declared.width, declared.height, maxPixels);
      const bitmap = await decodeBitmap(bytes, name, kind);
      try {
        // Of a container of pictures the header's may not be the one that is shown.
        checkPixels(name, bitmap.width, bitmap.height, maxPixels);
        return createPixelReader(bitmap.width, bitmap.height)(bitmap);
      } finally {
        bitmap.close();
      }
    },

    async encode({ width, height, data }, format, { quality = JPEG_QUALITY } = {}) {
      const canvas = new OffscreenCanvas(width, height);
      const context = canvas.getContext("2d", { alpha: false });
      if (!context) throw new ArcfaceError("MISSING_TOOL", `this browser gives no canvas of ${width}×${height}`);
      context.putImageData(new ImageData(withAlpha(data), width, height), 0, 0);
      const blob = await canvas.convertToBlob({ type: `image/${format}`, quality: quality / 100 });
      return new Uint8Array(await blob.arrayBuffer());
    },
  };
}

/** Upright by EXIF, in sRGB by the file's own profile. */
async function decodeBitmap(bytes: Uint8Array, name: string, kind: ImageKind): Promise<ImageBitmap> {
  return createImageBitmap(new Blob([bytes as Uint8Array<ArrayBuffer>]), {
    imageOrientation: "from-image",
    premultiplyAlpha: "premultiply",
    colorSpaceConversion: "default",
  }).catch((cause: unknown) => {
    // A browser says no more than that it could not.
    const otherwise = NOT_EVERYWHERE.includes(kind) ? ", or of a kind that this browser does not decode" : "";
    throw damagedImage(name, kind, `truncated or damaged${otherwise}`, cause);
  });
}

function withAlpha(rgb: Uint8Array): Uint8ClampedArray<ArrayBuffer> {
  const rgba = new Uint8ClampedArray((rgb.length / 3) * 4).fill(255);
  for (let from = 0, to = 0; from < rgb.length; from += 3, to += 4) {
    rgba[to] = rgb[from]!;
    rgba[to + 1] = rgb[from + 1]!;
    rgba[to + 2] = rgb[from + 2]!;
  }
  return rgba;
}
