import { setTimeout as delay } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { compress } from "./compress.ts";
import { COMPRESSIONS, type Compression, compressionOf, decompress } from "./decompress.ts";
import { type ByteSource, type Bytes, chunksOf, collect } from "./stream.ts";

const text = new TextEncoder().encode("a face is a face is a face. ".repeat(30_000));
const LIMITS = { maxByteLength: 1 << 20 };

const pack = (bytes: Bytes, compression: Compression) => collect(compress(chunksOf(bytes, "test"), compression));
const unpack = (source: ByteSource, limits: { maxByteLength: number; maxRatio?: number } = LIMITS) =>
  collect(decompress(source, { name: "x", limits }));

/** One byte at a time, and never more than is asked for. */
function drip(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream(
    {
      pull(controller) {
        if (at === bytes.length) controller.close();
        else controller.enqueue(bytes.subarray(at, ++at));
      },
    },
    { highWaterMark: 0 },
  );
}

test.each(COMPRESSIONS)("%s is told by its bytes and undone", async (compression) => {
  const packed = await pack(text, compression);
  expect(compressionOf(packed)).toBe(compression);
  expect(Buffer.compare(await unpack(packed), text)).toBe(0);
});

test.each(COMPRESSIONS)("%s that comes byte by byte is undone", async (compression) => {
  const short = text.slice(0, 3000);
  expect(Buffer.compare(await unpack(drip(await pack(short, compression))), short)).toBe(0);
});

test.each(COMPRESSIONS)("%s of nothing is nothing", async (compression) => {
  expect((await unpack(await pack(new Uint8Array(0), compression))).length).toBe(0);
});

test("a file called BZh9 at the start of a tar is not bzip2", () => {
  expect(compressionOf(new TextEncoder().encode("BZh9.onnx\0\0\0"))).toBe("none");
});

test.each(COMPRESSIONS)("%s of more than the limit is TOO_LARGE", async (compression) => {
  await expect(unpack(await pack(text, compression), { maxByteLength: text.length - 1 })).rejects.toThrow(
    expect.objectContaining({
      code: "TOO_LARGE",
      message: `x: expected at most ${text.length - 1} bytes unpacked, got more`,
    }),
  );
});

test("a bomb is TOO_LARGE by what comes out of each byte, long before the limit on bytes", async () => {
  // 128 MiB of zeros: a thousand out of each.
  const bomb = gzipSync(new Uint8Array(1 << 27));
  let given = 0;
  const reading = (async () => {
    const stream = decompress(bomb, { name: "x", limits: { maxByteLength: 2 ** 40 } });
    for await (const chunk of stream) given += chunk.length;
  })();
  await expect(reading).rejects.toThrow(
    expect.objectContaining({
      code: "TOO_LARGE",
      message: "x: expected at most 100 bytes out of each packed, got more",
    }),
  );
  expect(given).toBeLessThanOrEqual(1 << 26);
});

test.each(["gz", "bz2", "xz"] as const)("%s that is cut short is UNSUPPORTED_FORMAT", async (compression) => {
  await expect(unpack((await pack(text, compression)).slice(0, -9))).rejects.toThrow(
    expect.objectContaining({
      code: "UNSUPPORTED_FORMAT",
      message: expect.stringContaining(`x: ${compression} data, damaged or cut short: `),
    }),
  );
});

test.each([
  ["gz", 100],
  ["bz2", 12], // its checksum: elsewhere damage may come to more than the limit first
  ["xz", 100],
] as const)("%s changed at byte %i is UNSUPPORTED_FORMAT", async (compression, at) => {
  const packed = await pack(text, compression);
  await expect(unpack(packed.with(at, packed[at]! ^ 0xff))).rejects.toThrow(
    expect.objectContaining({ code: "UNSUPPORTED_FORMAT" }),
  );
});

test.each(COMPRESSIONS)("%s that its consumer leaves is cancelled at the source", async (compression) => {
  let cancelled = false;
  const packed = await pack(text, compression);
  const source = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(packed),
    cancel: () => {
      cancelled = true;
    },
  });
  const reader = decompress(source, { name: "x", limits: LIMITS }).getReader();
  reader.read().catch(() => {});
  await delay(10);
  await reader.cancel();
  expect(cancelled).toBe(true);
});

test.each(["gz", "bz2", "xz"] as const)("a signal ends the wait for more %s", async (compression) => {
  const packed = await pack(text, compression);
  const abort = new AbortController();
  const source = new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(packed.subarray(0, 20)) });
  const reading = collect(decompress(source, { name: "x", limits: LIMITS, signal: abort.signal }));
  setTimeout(() => abort.abort(), 20);
  await expect(reading).rejects.toThrow(expect.objectContaining({ code: "CANCELLED" }));
});

test("a source that fails is IO, whatever the decoder makes of it", async () => {
  const packed = await pack(text, "gz");
  const source = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(packed.subarray(0, 100)),
    pull: (controller) => controller.error(new Error("the wire was cut")),
  });
  await expect(unpack(source)).rejects.toThrow(
    expect.objectContaining({ code: "IO", message: "x: cannot be read: the wire was cut" }),
  );
});
