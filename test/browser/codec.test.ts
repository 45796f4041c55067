/** Pictures as a browser decodes and encodes them, compared with Node's codec. */
import { createNodeHost, type Image } from "arcface-ts/node";
import sharp, { type Sharp } from "sharp";
import { afterAll, beforeAll, expect } from "vitest";
import { needsTool } from "../needs.ts";
import type { PageImage } from "./page-types.ts";
import { openSite, type TestPage } from "./pages.ts";

const test = needsTool("chromium");

let site: NonNullable<Awaited<ReturnType<typeof openSite>>>;
let page: TestPage;
const node = createNodeHost().codec;

beforeAll(async () => {
  const opened = await openSite();
  if (!opened) return;
  site = opened;
  page = await site.open();
});
afterAll(() => site?.[Symbol.asyncDispose]());

const [width, height] = [48, 32];

/** Smooth, with a red, a green and a blue that no turn or exchange of channels leaves as they are. */
function gradient(channels: 3 | 4): Sharp {
  const data = Buffer.alloc(channels * width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const pixel = [(255 * x) / width, (255 * y) / height, 90 + (100 * (x + y)) / (width + height), 255 - 5 * y];
      for (let c = 0; c < channels; c++) data[channels * (y * width + x) + c] = pixel[c]!;
    }
  return sharp(data, { raw: { width, height, channels } });
}

/** What differs is at most this much of 255; seen here: 1 for the AVIF, the alpha and the wider colours, 0 for the others. */
type Case = readonly [name: string, make: () => Promise<Buffer>, atol: number];

const turned = [2, 3, 4, 5, 6, 7, 8].map(
  (orientation): Case => [
    `a JPEG turned by EXIF ${orientation}`,
    () => gradient(3).withMetadata({ orientation }).jpeg({ quality: 95, chromaSubsampling: "4:4:4" }).toBuffer(),
    1,
  ],
);

const CASES: readonly Case[] = [
  ["a PNG", () => gradient(3).png().toBuffer(), 0],
  ["a grey PNG", () => gradient(3).greyscale().png().toBuffer(), 0],
  ["a PNG of 16 bits", () => gradient(3).toColourspace("rgb16").png().toBuffer(), 1],
  ["a JPEG", () => gradient(3).jpeg({ chromaSubsampling: "4:4:4" }).toBuffer(), 1],
  ["a JPEG of half the colour resolution", () => gradient(3).jpeg().toBuffer(), 1],
  ["a progressive JPEG", () => gradient(3).jpeg({ progressive: true }).toBuffer(), 1],
  ["a WebP without loss", () => gradient(3).webp({ lossless: true }).toBuffer(), 0],
  ["a lossy WebP", () => gradient(3).webp().toBuffer(), 1],
  ["a GIF", () => gradient(3).gif().toBuffer(), 0],
  ["an AVIF", () => gradient(3).avif({ chromaSubsampling: "4:4:4" }).toBuffer(), 2],
  ["a PNG with alpha, laid on black", () => gradient(4).png().toBuffer(), 1],
  ["a WebP with alpha, laid on black", () => gradient(4).webp({ lossless: true }).toBuffer(), 1],
  ["a JPEG of a wider colour space", () => gradient(3).withIccProfile("p3").jpeg({ quality: 95 }).toBuffer(), 2],
  ...turned,
];

async function both(make: () => Promise<Buffer>): Promise<[PageImage, Image]> {
  const bytes = new Uint8Array(await make());
  site.extra.set("/picture", bytes);
  return [await page.call<PageImage>("decode", "/picture"), await node.decode(bytes, "picture")];
}

for (const [name, make, atol] of CASES) {
  test(`${name} is decoded as in Node, within ${atol} of 255`, async () => {
    const [image, wanted] = await both(make);
    expect([image.width, image.height]).toEqual([wanted.width, wanted.height]);
    expect(image.data).toBeCloseToTensor([...wanted.data], { atol });
  });
}

test("a picture larger than one strip of the canvas is whole", async () => {
  const data = Buffer.alloc(3 * 3000 * 2000);
  for (let i = 0; i < data.length; i++) data[i] = (i * 7919) >> 11;
  site.extra.set(
    "/picture",
    await sharp(data, { raw: { width: 3000, height: 2000, channels: 3 } })
      .png()
      .toBuffer(),
  );
  const sha256 = async (bytes: Uint8Array<ArrayBuffer>) =>
    Buffer.from(await crypto.subtle.digest("SHA-256", bytes)).toString("hex");
  expect(await page.call("decodedSha256", "/picture")).toBe(await sha256(new Uint8Array(data)));
});

const BROKEN: readonly (readonly [string, () => Promise<Buffer | string>, string])[] = [
  ["a JPEG cut short", async () => (await gradient(3).jpeg().toBuffer()).subarray(0, -40), "UNSUPPORTED_FORMAT"],
  ["a JPEG cut in its header", async () => (await gradient(3).jpeg().toBuffer()).subarray(0, 30), "UNSUPPORTED_FORMAT"],
  ["a PNG cut short", async () => (await gradient(3).png().toBuffer()).subarray(0, -20), "UNSUPPORTED_FORMAT"],
  ["a TIFF, which Chromium does not decode", () => gradient(3).tiff().toBuffer(), "UNSUPPORTED_FORMAT"],
  ["text", async () => "no picture", "UNSUPPORTED_FORMAT"],
  ["an SVG", async () => '<svg xmlns="http://www.w3.org/2000/svg"/>', "UNSUPPORTED_FORMAT"],
  ["nothing", async () => "", "UNSUPPORTED_FORMAT"],
];

for (const [name, make, code] of BROKEN) {
  test(`${name} is refused with ${code}`, async () => {
    site.extra.set("/picture", await make());
    const refusal = await page.call<{ code: string; message: string }>("refusal", "decode", "/picture");
    expect(refusal).toMatchObject({ code, message: expect.stringMatching(/^\/picture: /) });
  });
}

test("a header that declares too many pixels is refused before anything is decoded", async () => {
  const png = await gradient(3).png().toBuffer();
  png.writeUInt32BE(60_000, 16);
  png.writeUInt32BE(60_000, 20);
  site.extra.set("/picture", png);
  expect(await page.call("refusal", "decode", "/picture")).toMatchObject({ code: "TOO_LARGE" });
  site.extra.set("/picture", await gradient(3).png().toBuffer());
  expect(await page.call("refusal", "decode", "/picture", { maxPixels: width * height - 1 })).toMatchObject({
    code: "TOO_LARGE",
    message: expect.stringContaining(`${width}×${height}`),
  });
  expect(await page.call("refusal", "decode", "/picture", { maxPixels: width * height })).toBeNull();
});

test("what the browser encodes is decoded by Node: a PNG exactly, a JPEG nearly", async () => {
  const data = new Uint8Array(await gradient(3).raw().toBuffer());
  site.extra.set("/pixels", data);
  for (const [format, atol] of [
    ["png", 0],
    ["jpeg", 10],
  ] as const) {
    const bytes = Uint8Array.from(await page.call<number[]>("encode", "/pixels", width, height, format));
    const decoded = await node.decode(bytes, format);
    expect([decoded.width, decoded.height]).toEqual([width, height]);
    expect([...decoded.data]).toBeCloseToTensor([...data], { atol });
  }
});
