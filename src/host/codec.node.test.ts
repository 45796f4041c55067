import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { crc32, gzipSync } from "node:zlib";
import sharp, { type Sharp } from "sharp";
import { beforeAll, expect, test } from "vitest";
import type { ArcfaceError } from "../errors.ts";
import { createImage, type Image } from "../image/image.ts";
import { createCodec } from "./codec.node.ts";
import golden from "./golden/heic.json" with { type: "json" };
import type { HeicTool } from "./heic.node.ts";

const codec = createCodec();

/** Four quarters, no two alike in any way a mirror, a turn or a swapped channel would hide. */
const QUARTERS = [
  [190, 80, 70],
  [90, 150, 80],
  [70, 90, 160],
  [220, 220, 220],
] as const;
const [WIDTH, HEIGHT] = [96, 64];

function quarters(width = WIDTH, height = HEIGHT): Image {
  const image = createImage(width, height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      image.data.set(QUARTERS[(x < width / 2 ? 0 : 1) + (y < height / 2 ? 0 : 2)]!, 3 * (y * width + x));
    }
  }
  return image;
}

function toSharp({ width, height, data }: Image): Sharp {
  return sharp(data, { raw: { width, height, channels: 3 } });
}

/** The middles of the four quarters, in reading order. */
function middles({ width, height, data }: Image): number[][] {
  const at = (x: number, y: number) => {
    const from = 3 * (Math.floor(y * height) * width + Math.floor(x * width));
    return [...data.subarray(from, from + 3)];
  };
  return [at(0.25, 0.25), at(0.75, 0.25), at(0.25, 0.75), at(0.75, 0.75)];
}

async function codeOf(work: Promise<unknown>): Promise<[string, string]> {
  const error = (await work.then(
    () => new Error("it was read"),
    (reason: unknown) => reason,
  )) as ArcfaceError;
  return [error.code, error.message];
}

const kinds: [name: string, encode: () => Promise<Uint8Array>, atol: number][] = [
  ["PNG", () => toSharp(quarters()).png().toBuffer(), 0],
  ["palette PNG", () => toSharp(quarters()).png({ palette: true }).toBuffer(), 2],
  ["interlaced PNG", () => toSharp(quarters()).png({ progressive: true }).toBuffer(), 0],
  ["16-bit PNG", () => toSharp(quarters()).toColourspace("rgb16").png().toBuffer(), 0],
  ["JPEG", () => toSharp(quarters()).jpeg({ quality: 95 }).toBuffer(), 4],
  ["progressive JPEG", () => toSharp(quarters()).jpeg({ quality: 95, progressive: true }).toBuffer(), 4],
  ["WebP", () => toSharp(quarters()).webp({ quality: 95 }).toBuffer(), 8],
  ["lossless WebP", () => toSharp(quarters()).webp({ lossless: true }).toBuffer(), 0],
  ["AVIF", () => toSharp(quarters()).avif({ quality: 90 }).toBuffer(), 6],
  ["GIF", () => toSharp(quarters()).gif().toBuffer(), 4],
  ["TIFF", () => toSharp(quarters()).tiff({ compression: "lzw" }).toBuffer(), 0],
  ["16-bit TIFF", () => toSharp(quarters()).toColourspace("rgb16").tiff({ compression: "deflate" }).toBuffer(), 0],
  // Out to inks and back is not exact.
  ["CMYK JPEG", () => toSharp(quarters()).toColourspace("cmyk").jpeg({ quality: 100 }).toBuffer(), 20],
];

test.each(kinds)("%s is read as upright RGB", async (name, encode, atol) => {
  const image = await codec.decode(await encode(), name);
  expect([image.width, image.height, image.data.length]).toEqual([WIDTH, HEIGHT, 3 * WIDTH * HEIGHT]);
  expect(middles(image)).toBeCloseToTensor(QUARTERS, { atol });
});

/** Where a stored pixel is shown, by EXIF orientation; W and H are the stored size. */
const ORIENTATIONS: readonly ((x: number, y: number, W: number, H: number) => readonly [number, number])[] = [
  (x, y) => [x, y],
  (x, y, W) => [W - 1 - x, y],
  (x, y, W, H) => [W - 1 - x, H - 1 - y],
  (x, y, _, H) => [x, H - 1 - y],
  (x, y) => [y, x],
  (x, y, _, H) => [H - 1 - y, x],
  (x, y, W, H) => [H - 1 - y, W - 1 - x],
  (x, y, W) => [y, W - 1 - x],
];

test.each(ORIENTATIONS.map((shown, i) => [i + 1, shown] as const))(
  "EXIF orientation %i is turned upright",
  async (orientation, shown) => {
    const upright = quarters();
    const [w, h] = orientation > 4 ? [HEIGHT, WIDTH] : [WIDTH, HEIGHT];
    const stored = createImage(w, h);
    for (let y = 0; y < h; y++) {
      for (let x = 0; x < w; x++) {
        const [u, v] = shown(x, y, w, h);
        const from = 3 * (v * WIDTH + u);
        stored.data.set(upright.data.subarray(from, from + 3), 3 * (y * w + x));
      }
    }
    const jpeg = await toSharp(stored).jpeg({ quality: 95 }).withMetadata({ orientation }).toBuffer();
    const image = await codec.decode(jpeg, "photo.jpg");
    expect([image.width, image.height]).toEqual([WIDTH, HEIGHT]);
    expect(middles(image)).toBeCloseToTensor(QUARTERS, { atol: 4 });
  },
);

test("alpha is laid on black", async () => {
  const pixels = new Uint8Array([200, 100, 50, 255, 200, 100, 50, 128, 200, 100, 50, 0]);
  const png = await sharp(pixels, { raw: { width: 3, height: 1, channels: 4 } })
    .png()
    .toBuffer();
  const { data } = await codec.decode(png, "alpha.png");
  expect(data).toBeCloseToTensor([200, 100, 50, 100, 50, 25, 0, 0, 0], { atol: 1 });
});

test.each<[string, () => Promise<Uint8Array>, number]>([
  [
    "8-bit grey",
    () =>
      greyPixels(new Uint8Array([77]), 1)
        .toColourspace("b-w")
        .png()
        .toBuffer(),
    77,
  ],
  [
    "16-bit grey",
    () =>
      greyPixels(new Uint16Array([30_000]), 1)
        .toColourspace("grey16")
        .png()
        .toBuffer(),
    117,
  ],
  [
    "grey with alpha",
    () =>
      greyPixels(new Uint8Array([200, 128]), 2)
        .toColourspace("b-w")
        .png()
        .toBuffer(),
    100,
  ],
  [
    "grey JPEG",
    () =>
      greyPixels(new Uint8Array([77]), 1)
        .toColourspace("b-w")
        .jpeg()
        .toBuffer(),
    77,
  ],
])("%s becomes three equal channels", async (name, encode, level) => {
  const { data } = await codec.decode(await encode(), name);
  expect(data).toBeCloseToTensor([level, level, level], { atol: 1 });
});

function greyPixels(data: Uint8Array | Uint16Array, channels: 1 | 2): Sharp {
  return sharp(data, { raw: { width: 1, height: 1, channels } });
}

test("an animated GIF gives its first frame", async () => {
  const frames = [quarters(), createImage(WIDTH, HEIGHT), createImage(WIDTH, HEIGHT).data.fill(255)].map((frame) =>
    frame instanceof Uint8Array ? createImage(WIDTH, HEIGHT, frame) : frame,
  );
  const pngs = await Promise.all(frames.map((frame) => toSharp(frame).png().toBuffer()));
  const gif = await sharp(pngs, { join: { animated: true } })
    .gif()
    .toBuffer();
  expect((await sharp(gif).metadata()).pages).toBe(3);
  const image = await codec.decode(gif, "moving.gif");
  expect([image.width, image.height]).toEqual([WIDTH, HEIGHT]);
  expect(middles(image)).toBeCloseToTensor(QUARTERS, { atol: 4 });
});

test("a JPEG with bytes behind its end, as motion photos have, is read", async () => {
  const jpeg = await toSharp(quarters()).jpeg({ quality: 95 }).toBuffer();
  const image = await codec.decode(Buffer.concat([jpeg, Buffer.alloc(400, 7)]), "motion.jpg");
  expect(middles(image)).toBeCloseToTensor(QUARTERS, { atol: 4 });
});

test.each(["png", "jpeg"] as const)("what is encoded as %s comes back", async (format) => {
  const encoded = await codec.encode(quarters(), format);
  expect((await sharp(encoded).metadata()).format).toBe(format);
  const image = await codec.decode(encoded, format);
  expect(image.data).toBeCloseToTensor(quarters().data, { atol: format === "png" ? 0 : 30 }); // ringing at the edges
  expect(middles(image)).toBeCloseToTensor(QUARTERS, { atol: format === "png" ? 0 : 3 });
});

const encoded: Record<string, Buffer> = {};
beforeAll(async () => {
  const noise = toSharp(
    createImage(
      200,
      100,
      Uint8Array.from({ length: 60_000 }, (_, i) => (i * i * 31 + i * 7) >> 4),
    ),
  );
  for (const format of ["jpeg", "png", "webp", "gif", "tiff", "avif"] as const) {
    encoded[format] = await noise.clone().toFormat(format).toBuffer();
  }
});

const text = (content: string) => () => Buffer.from(content);
const cut = (format: string, part: number) => () =>
  encoded[format]!.subarray(0, Math.floor(encoded[format]!.length * part));

test.each<[string, () => Uint8Array, RegExp]>([
  ["an empty file", text(""), /got an empty file/],
  ["text", text("name,age\nAda,36\n"), /got text/],
  ["zeros", () => new Uint8Array(4096), /got nothing but zeros/],
  ["one byte", () => new Uint8Array([255]), /got bytes ff/],
  ["noise", () => new Uint8Array(100).map((_, i) => (i * 167 + 1) % 256), /got bytes 01 a8 .* …/],
  [
    "an SVG",
    text('<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
    /got an SVG drawing/,
  ],
  ["a bare SVG", text('  <svg width="9" height="9"/>'), /got an SVG drawing/],
  ["a gzipped SVG", () => gzipSync('<svg width="9" height="9"/>'), /got gzipped data/],
  ["a PDF", text("%PDF-1.7\n%âãÏÓ"), /got a PDF/],
  ["a web page", text("<!doctype html><title>Not found</title>"), /got a web page/],
  ["a BMP", text("BM\x36\0\0\0\0\0\0\0"), /got a BMP/],
  ["a video", text("\0\0\0\x18ftypisom\0\0\x02\0isomiso2"), /got a video/],
  ["a ZIP", text("PK\x03\x04\x14\0"), /got a ZIP archive/],
  ["a Git LFS pointer", text("version https://git-lfs.github.com/spec/v1\noid sha256:ab\n"), /got a Git LFS pointer/],
  ["a JPEG of three bytes", () => new Uint8Array([255, 216, 255]), /a JPEG that is truncated or damaged/],
  ["half a JPEG", cut("jpeg", 0.5), /a JPEG that is truncated or damaged: .*premature end/],
  ["a JPEG short of its last row", cut("jpeg", 0.97), /a JPEG that is truncated/],
  ["a JPEG's header", () => encoded.jpeg!.subarray(0, 100), /a JPEG that is truncated/],
  ["half a PNG", cut("png", 0.5), /a PNG that is truncated/],
  ["a PNG's signature", () => encoded.png!.subarray(0, 8), /a PNG that is truncated/],
  ["half a WebP", cut("webp", 0.5), /a WebP that is truncated/],
  ["half a GIF", cut("gif", 0.5), /a GIF that is truncated/],
  ["half a TIFF", cut("tiff", 0.5), /a TIFF that is/],
  ["half an AVIF", cut("avif", 0.5), /an AVIF or HEIC that is truncated/],
  ["an AVIF's first box", () => encoded.avif!.subarray(0, 32), /an AVIF or HEIC that is/],
  [
    "a PNG with flipped bits",
    () => encoded.png!.map((byte, i) => (i > 3000 && i < 3040 ? byte ^ 85 : byte)),
    /a PNG that is/,
  ],
])("%s is refused as UNSUPPORTED_FORMAT, by name", async (_, bytes, message) => {
  const [code, said] = await codeOf(codec.decode(bytes(), "upload-7"));
  expect(code).toBe("UNSUPPORTED_FORMAT");
  expect(said).toMatch(/^upload-7: /);
  expect(said).toMatch(message);
});

/** A PNG whose header promises `side`², with next to nothing in it. */
function bomb(side: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const frame = Buffer.alloc(8);
    frame.writeUInt32BE(data.length, 0);
    frame.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
  };
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0]);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  const data = chunk("IDAT", Buffer.from([120, 156, 3, 0, 0, 0, 0, 1]));
  return Buffer.concat([encoded.png!.subarray(0, 8), chunk("IHDR", header), data, chunk("IEND", Buffer.alloc(0))]);
}

test("a PNG bomb is refused from its header, with its size and the option that sets the limit", async () => {
  const [code, message] = await codeOf(codec.decode(bomb(40_000), "bomb.png"));
  expect(code).toBe("TOO_LARGE");
  expect(message).toBe("bomb.png: 40000×40000 is 1600 megapixels, more than maxPixels, 100");
});

test("maxPixels is what the caller says: one pixel more than it is too large", async () => {
  const png = await toSharp(quarters()).png().toBuffer();
  expect((await codeOf(codec.decode(png, "p", { maxPixels: WIDTH * HEIGHT - 1 })))[0]).toBe("TOO_LARGE");
  expect((await codec.decode(png, "p", { maxPixels: WIDTH * HEIGHT })).width).toBe(WIDTH);
});

test.each([0, -5, Number.NaN])("maxPixels of %f is INVALID_ARGUMENT", async (maxPixels) => {
  expect((await codeOf(codec.decode(encoded.png!, "p", { maxPixels })))[0]).toBe("INVALID_ARGUMENT");
});

test("a path where bytes are meant is INVALID_ARGUMENT, not opened", async () => {
  expect((await codeOf(codec.decode("/etc/hostname" as unknown as Uint8Array, "p")))[0]).toBe("INVALID_ARGUMENT");
});

// scripts/golden/heic.py: libheif's heif-enc
const heic = new Uint8Array(Buffer.from(golden.heic, "base64"));

/** A program that is this Node running a line of script. */
function fakeTool(script: string, reliable = true): HeicTool {
  return { program: process.execPath, args: (input, output) => ["-e", script, input, output], reliable };
}

function writes(png: Uint8Array): HeicTool {
  const base64 = Buffer.from(png).toString("base64");
  return fakeTool(`fs.writeFileSync(process.argv[2], Buffer.from("${base64}", "base64"))`, false);
}

const temporary = () => readdirSync(tmpdir()).filter((name) => name.startsWith("arcface-heic-"));

test("HEIC goes through a program, whose picture is taken as it is and whose files are gone afterwards", async () => {
  const before = temporary();
  // An orientation left in the program's output is a copy of the photo's, and has been applied.
  const tool = writes(await toSharp(quarters()).withMetadata({ orientation: 3 }).png().toBuffer());
  const image = await createCodec({ heic: { tools: [tool] } }).decode(heic, "photo.heic");
  expect([image.width, image.height]).toEqual([WIDTH, HEIGHT]);
  expect(middles(image)).toBeCloseToTensor(QUARTERS, { atol: 0 });
  expect(temporary()).toEqual(before);
});

test("HEIC without a program is MISSING_TOOL and says what to install", async () => {
  const codec = createCodec({ heic: { tools: [{ program: "no-such-program", args: () => [], reliable: true }] } });
  const error = (await codec.decode(heic, "photo.heic").catch((reason: unknown) => reason)) as ArcfaceError;
  expect(error.code).toBe("MISSING_TOOL");
  expect(error.message).toBe("photo.heic: a HEIC photo needs a program to read it");
  expect(error.hint).toContain("libheif");
});

test.each<[string, HeicTool, string, string, number?]>([
  [
    "cannot read HEIC",
    fakeTool("console.error('moov atom not found'); process.exit(1)", false),
    "MISSING_TOOL",
    "moov atom",
  ],
  ["finds the file damaged", fakeTool("console.error('bad hvcC'); process.exit(1)"), "UNSUPPORTED_FORMAT", "bad hvcC"],
  ["hangs", fakeTool("setInterval(() => {}, 1000)", false), "MISSING_TOOL", "no answer in 0.5 s", 500],
  ["writes nothing", fakeTool(""), "MISSING_TOOL", "no picture"],
])("a program that %s ends in a clear error", async (_, tool, code, message, timeoutMs = 30_000) => {
  const before = temporary();
  const [got, said] = await codeOf(createCodec({ heic: { tools: [tool], timeoutMs } }).decode(heic, "photo.heic"));
  expect(got).toBe(code);
  expect(said).toContain(message);
  expect(temporary()).toEqual(before);
});

test("one tile of a HEIC is not taken for the picture", async () => {
  const tool = writes(await toSharp(quarters(48, 32)).png().toBuffer());
  const [code, message] = await codeOf(createCodec({ heic: { tools: [tool] } }).decode(heic, "photo.heic"));
  expect(code).toBe("MISSING_TOOL");
  expect(message).toContain("a part of the picture");
});

test("a picture that the program did not finish is not taken", async () => {
  const png = await toSharp(quarters()).png().toBuffer();
  const tool = writes(png.subarray(0, 20));
  const [code, message] = await codeOf(createCodec({ heic: { tools: [tool] } }).decode(heic, "photo.heic"));
  expect(code).toBe("MISSING_TOOL");
  expect(message).toContain("a part of the picture");
});

test("a HEIC that declares too many pixels starts no program", async () => {
  expect((await codeOf(codec.decode(heic, "photo.heic", { maxPixels: 10 })))[0]).toBe("TOO_LARGE");
});

test("the programs of this machine read the HEIC rightly, or it is MISSING_TOOL", async () => {
  const image = await codec.decode(heic, "photo.heic").catch((error: ArcfaceError) => error.code);
  if (typeof image === "string") expect(image).toBe("MISSING_TOOL");
  else expect(middles(image)).toBeCloseToTensor(QUARTERS, { atol: 6 });
});
