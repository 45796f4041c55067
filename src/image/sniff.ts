/** Encoded images by their first bytes; `heif` is the container of both HEIC and AVIF, told apart further in. */
export type ImageKind = "jpeg" | "png" | "webp" | "gif" | "tiff" | "heif";

type Signature<Name> = readonly [name: Name, matches: (head: string) => boolean];

const HEIF_BRANDS = /^(heic|heix|heim|heis|hevc|hevx|mif1|msf1|avif|avis)$/;

const KINDS: readonly Signature<ImageKind>[] = [
  ["jpeg", (head) => head.startsWith("\xff\xd8\xff")],
  ["png", (head) => head.startsWith("\x89PNG\r\n\x1a\n")],
  ["webp", (head) => head.startsWith("RIFF") && head.slice(8, 12) === "WEBP"],
  ["gif", (head) => /^GIF8[79]a/.test(head)],
  ["tiff", (head) => /^(II[*+]\0|MM\0[*+])/.test(head)],
  ["heif", (head) => head.slice(4, 8) === "ftyp" && brands(head).some((brand) => HEIF_BRANDS.test(brand))],
];

/** What people hand in instead, to say so. SVG and PDF are programs that draw: reading them is refused, not missing. */
const OTHERS: readonly Signature<string>[] = [
  ["an SVG drawing", (head) => /^[\s\ufeff]*(<\?xml|<!--|<!DOCTYPE svg|<svg)/i.test(head) && /<svg/i.test(head)],
  ["a PDF", (head) => head.startsWith("%PDF")],
  ["a web page", (head) => /^\s*<(!DOCTYPE html|html|head|body)/i.test(head)],
  ["a BMP", (head) => head.startsWith("BM")],
  ["a JPEG XL", (head) => head.startsWith("\xff\x0a") || head.slice(4, 8) === "JXL "],
  ["a JPEG 2000", (head) => head.slice(4, 8) === "jP  "],
  ["a Photoshop file", (head) => head.startsWith("8BPS")],
  ["a video", (head) => head.slice(4, 8) === "ftyp" || head.startsWith("\x1aE\xdf\xa3")],
  ["a ZIP archive", (head) => head.startsWith("PK\x03\x04")],
  ["gzipped data", (head) => head.startsWith("\x1f\x8b")],
  ["a Git LFS pointer", (head) => head.startsWith("version https://git-lfs")],
  ["nothing but zeros", (head) => /^\0{16,}$/.test(head)],
  ["text", (head) => /^[\t\n\r\x20-\x7e\x80-\xfe]+$/.test(head)],
];

/** @returns `null` where the bytes are of no kind that is read. */
export function sniffImage(bytes: Uint8Array): ImageKind | null {
  const text = head(bytes);
  return KINDS.find(([, matches]) => matches(text))?.[0] ?? null;
}

/** What bytes that `sniffImage` does not know look like, for an error: "a PDF", "text", "bytes 4f 12 …". */
export function describeBytes(bytes: Uint8Array): string {
  if (bytes.length === 0) return "an empty file";
  const text = head(bytes);
  const known = OTHERS.find(([, matches]) => matches(text))?.[0];
  const first = Array.from(bytes.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
  return known ?? `bytes ${first}${bytes.length > 8 ? " …" : ""}`;
}

/** The major brand and the compatible ones of an ISO base media file. */
function brands(head: string): string[] {
  const size = Math.min(head.length, (head.charCodeAt(2) << 8) | head.charCodeAt(3));
  const names = [head.slice(8, 12)];
  for (let at = 16; at + 4 <= size; at += 4) names.push(head.slice(at, at + 4));
  return names;
}

/** The first bytes as Latin-1. */
function head(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(0, 512));
}
