import type { Metadata, Sharp } from "sharp";
import { ArcfaceError } from "../errors.ts";
import { headerSize } from "../image/header-size.ts";
import type { Image } from "../image/image.ts";
import type { ImageKind } from "../image/sniff.ts";
import { checkKind, checkPixels, damagedImage, KIND_NAMES, MAX_PIXELS } from "./codec-errors.ts";
import { type HeicOptions, heicToPng } from "./heic.node.ts";
import type { DecodeOptions, ImageCodec } from "./host.ts";

const READ = "JPEG, PNG, WebP, AVIF, HEIC, GIF or TIFF";

export type CodecOptions = { readonly heic?: HeicOptions };

/** Images through sharp; HEIC, whose codec sharp leaves out, through libheif's or ffmpeg's programs. */
export function createCodec({ heic = {} }: CodecOptions = {}): ImageCodec {
  return {
    async decode(bytes, name, { maxPixels = MAX_PIXELS }: DecodeOptions = {}): Promise<Image> {
      const kind = checkKind(bytes, name, maxPixels, READ);
      // Of a JPEG the size is all that is asked: a look at its first bytes, where sharp's takes a fifth of a millisecond.
      const size = kind === "jpeg" ? headerSize(bytes, kind) : null;
      if (size) {
        checkPixels(name, size.width, size.height, maxPixels);
        return toPixels((await open(bytes)).autoOrient(), name, kind);
      }
      const header = await readHeader(bytes, name, kind, maxPixels);
      if (header.compression !== "hevc") return toPixels((await open(bytes)).autoOrient(), name, kind);
      const png = await heicToPng(bytes, name, (candidate) => isWhole(candidate, header), heic);
      // What the programs write is upright already, whatever its EXIF copy says.
      return toPixels(await open(png), name, kind);
    },

    async encode({ width, height, data }, format, { quality = 92 } = {}) {
      const sharp = await loadSharp();
      const pixels = sharp(data, { raw: { width, height, channels: 3 } });
      // 4:4:4, so that the thin coloured lines of a drawing stay sharp.
      const encoded = format === "png" ? pixels.png() : pixels.jpeg({ quality, chromaSubsampling: "4:4:4" });
      return new Uint8Array(await encoded.toBuffer());
    },
  };
}

type SharpModule = typeof import("sharp")["default"];

let sharpModule: Promise<SharpModule> | undefined;

/** sharp is a native module of some 30 ms: commands that see no image do without. Asked for a picture at a time, it costs. */
function loadSharp(): Promise<SharpModule> {
  sharpModule ??= import("sharp").then(({ default: sharp }) => {
    // Photos are decoded side by side already, and never twice.
    sharp.concurrency(1);
    sharp.cache(false);
    return sharp;
  });
  return sharpModule;
}

/** Any damage that leaves a part of the picture out is an error; extra bytes behind it are none. */
async function open(bytes: Uint8Array): Promise<Sharp> {
  const sharp = await loadSharp();
  return sharp(bytes, { failOn: "error", limitInputPixels: false }); // our own limit has been applied
}

async function readHeader(bytes: Uint8Array, name: string, kind: ImageKind, maxPixels: number): Promise<Metadata> {
  const header = await (await open(bytes)).metadata().catch((error: unknown) => {
    throw damaged(name, kind, error);
  });
  if (header.format !== kind) {
    throw new ArcfaceError(
      "UNSUPPORTED_FORMAT",
      `${name}: begins as ${KIND_NAMES[kind]} but is read as ${header.format}`,
    );
  }
  checkPixels(name, header.width, header.height, maxPixels);
  return header;
}

async function toPixels(picture: Sharp, name: string, kind: ImageKind): Promise<Image> {
  const { data, info } = await picture
    .flatten({ background: "#000" })
    .toColourspace("srgb")
    .removeAlpha()
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true })
    .catch((error: unknown) => {
      throw damaged(name, kind, error);
    });
  if (info.channels !== 3) throw new ArcfaceError("INTERNAL", `${name}: decoded to ${info.channels} channels`);
  return { width: info.width, height: info.height, data: new Uint8Array(data.buffer, data.byteOffset, data.length) };
}

async function isWhole(png: Uint8Array, { width, height }: Metadata): Promise<boolean> {
  const got = await (await open(png)).metadata().catch(() => null);
  if (got === null) return false;
  return (got.width === width && got.height === height) || (got.width === height && got.height === width);
}

function damaged(name: string, kind: ImageKind, cause: unknown): ArcfaceError {
  const reason = (cause as Error).message;
  const isCut =
    /premature end|unexpected end|read error|unable to parse|too small|outside of file|corrupt header/i.test(reason);
  const what = isCut ? "truncated or damaged" : "damaged or of an unknown variant";
  return damagedImage(name, kind, `${what}: ${reason.trim().split("\n").at(-1)!}`, cause);
}
