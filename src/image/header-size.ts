import type { ImageKind } from "./sniff.ts";

type Size = { readonly width: number; readonly height: number };

/**
 * Width and height as an encoded image's header declares them, before any EXIF turn, without decoding; `null` where the
 * bytes end before it, or say it otherwise than their format does.
 *
 * Sources: ITU T.81 B.2.2; PNG 11.2.1; RFC 9649; GIF89a 18; TIFF 6.0 section 2; ISO 23008-12 6.5.3.
 */
export function headerSize(bytes: Uint8Array, kind: ImageKind): Size | null {
  try {
    const size = READERS[kind](new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), bytes);
    return size && size.width > 0 && size.height > 0 ? size : null;
  } catch (error) {
    // A DataView says so where the bytes end.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

const READERS: Record<ImageKind, (view: DataView, bytes: Uint8Array) => Size | null> = {
  png: (view) => ({ width: view.getUint32(16), height: view.getUint32(20) }),
  gif: (view) => ({ width: view.getUint16(6, true), height: view.getUint16(8, true) }),
  jpeg: jpegSize,
  webp: webpSize,
  tiff: tiffSize,
  heif: heifSize,
};

function jpegSize(view: DataView): Size | null {
  for (let at = 2; view.getUint8(at) === 0xff; ) {
    const marker = view.getUint8(at + 1);
    // SOF0…SOF15; C4, C8 and CC are other segments.
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    at += marker === 0xff ? 1 : 2 + view.getUint16(at + 2);
  }
  return null;
}

function webpSize(view: DataView, bytes: Uint8Array): Size | null {
  const chunk = latin1(bytes, 12);
  if (chunk === "VP8 ") return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
  if (chunk === "VP8L") {
    const bits = view.getUint32(21, true);
    return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
  }
  const uint24 = (at: number) => view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
  return chunk === "VP8X" ? { width: uint24(24) + 1, height: uint24(27) + 1 } : null;
}

const TIFF_WIDTH = 256;
const TIFF_HEIGHT = 257;
const TIFF_SHORT = 3;

/** The first picture's. BigTIFF, whose offsets have 64 bits, is not read. */
function tiffSize(view: DataView): Size | null {
  const little = view.getUint8(0) === 0x49;
  if (view.getUint16(2, little) !== 42) return null;
  const directory = view.getUint32(4, little);
  const tags = new Map<number, number>();
  for (let i = 0; i < view.getUint16(directory, little); i++) {
    const at = directory + 2 + 12 * i;
    const isShort = view.getUint16(at + 2, little) === TIFF_SHORT;
    tags.set(view.getUint16(at, little), isShort ? view.getUint16(at + 8, little) : view.getUint32(at + 8, little));
  }
  const [width, height] = [tags.get(TIFF_WIDTH), tags.get(TIFF_HEIGHT)];
  return width === undefined || height === undefined ? null : { width, height };
}

/** The boxes around an `ispe`, which says the size of one of the file's pictures; `meta` has four bytes before them. */
const HEIF_PATH: readonly (readonly [type: string, skip: number])[] = [
  ["meta", 4],
  ["iprp", 0],
  ["ipco", 0],
];

/** The largest picture's: tiles and thumbnails are smaller than the whole. */
function heifSize(view: DataView, bytes: Uint8Array): Size | null {
  let [from, to] = [0, bytes.length];
  for (const [type, skip] of HEIF_PATH) {
    const box = boxes(view, bytes, from, to).find((one) => one.type === type);
    if (!box) return null;
    [from, to] = [box.from + skip, box.to];
  }
  const sizes = boxes(view, bytes, from, to)
    .filter(({ type }) => type === "ispe")
    .map((box) => ({ width: view.getUint32(box.from + 4), height: view.getUint32(box.from + 8) }));
  return sizes.toSorted((a, b) => b.width * b.height - a.width * a.height)[0] ?? null;
}

/** ISO base media boxes side by side; `from` and `to` bound what is in one. */
function boxes(view: DataView, bytes: Uint8Array, start: number, end: number) {
  const found: { type: string; from: number; to: number }[] = [];
  for (let at = start; at + 8 <= end; ) {
    const size = view.getUint32(at);
    const header = size === 1 ? 16 : 8;
    const length = size === 1 ? Number(view.getBigUint64(at + 8)) : size === 0 ? end - at : size;
    if (length < header) break;
    found.push({ type: latin1(bytes, at + 4), from: at + header, to: Math.min(end, at + length) });
    at += length;
  }
  return found;
}

function latin1(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}
