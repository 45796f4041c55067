import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test as base, expect, onTestFinished } from "vitest";
import type { Image } from "../src/image/image.ts";
import { openVideo } from "../src/video/open-video.node.ts";
import { createVideoWriter } from "../src/video/write-video.node.ts";
import { needsTool } from "./needs.ts";
import { paint, pixel, type Rgb, readAll, temporaryFolder } from "./video-files.ts";

const folder = temporaryFolder();
const test = needsTool("ffmpeg");
const file = (name: string): string => join(folder, name);

const RED: Rgb = [220, 30, 40];
const GREEN: Rgb = [30, 180, 60];
const BLUE: Rgb = [40, 50, 210];
const COLOURS = [RED, GREEN, BLUE];
/** Left half as asked, right half grey: the frames tell their colour, and which side is which. */
const halves = (colour: Rgb, width = 64, height = 48): Image =>
  paint(width, height, (x) => (x < width / 2 ? colour : [128, 128, 128]));

/** Which of the three colours a frame shows. */
function colourOf(image: Image): number {
  const seen = pixel(image, 16, 24);
  return COLOURS.findIndex((colour) => colour.every((value, channel) => Math.abs(value - seen[channel]!) < 16));
}

/** Flat colours through 8-bit YUV and the codec at its default quality. */
const WITHIN = 8;

test.each(["a.mp4", "a.mkv", "a.webm"])("what is written to %s is read again, in order and in colour", async (name) => {
  const writer = await createVideoWriter(file(name), { width: 64, height: 48, fps: 12.5 });
  for (const colour of [...COLOURS, ...COLOURS]) await writer.write(halves(colour));
  expect(existsSync(file(name))).toBe(false);
  await writer.end();
  expect(writer.frames).toBe(6);
  const frames = await readAll(await openVideo(file(name)));
  expect(frames.map(({ image }) => colourOf(image))).toEqual([0, 1, 2, 0, 1, 2]);
  expect(frames.map(({ timestampMs }) => timestampMs)).toEqual([0, 80, 160, 240, 320, 400]);
  for (const [at, colour] of [
    [[10, 20], RED],
    [
      [50, 20],
      [128, 128, 128],
    ],
  ] as const) {
    const seen = pixel(frames[0]!.image, at[0], at[1]);
    expect(Math.max(...seen.map((value, channel) => Math.abs(value - colour[channel]!)))).toBeLessThanOrEqual(WITHIN);
  }
});

test("MPEG-4 is written where it is asked for, and quality changes the size", async () => {
  const noise = paint(64, 48, (x, y) => [(x * x * y) % 256, (x * y * y) % 256, (x * y) % 256]);
  const sizes: number[] = [];
  for (const quality of [0.1, 0.9]) {
    const name = file(`q${quality}.mp4`);
    const writer = await createVideoWriter(name, { width: 64, height: 48, fps: 10, codec: "mpeg4", quality });
    for (let n = 0; n < 5; n += 1) await writer.write(noise);
    await writer.end();
    const probe = ["-v", "error", "-show_entries", "stream=codec_name:format=size", "-of", "default=nw=1:nk=1", name];
    const [codec, size] = execFileSync("ffprobe", probe, { encoding: "utf8" }).trim().split("\n");
    expect(codec).toBe("mpeg4");
    sizes.push(Number(size));
  }
  expect(sizes[1]).toBeGreaterThan(2 * sizes[0]!);
});

test("odd sides grow by one pixel, as 4:2:0 needs", async () => {
  const writer = await createVideoWriter(file("odd.mp4"), { width: 33, height: 17, fps: 10 });
  await writer.write(paint(33, 17, () => RED));
  await writer.end();
  expect(await openVideo(file("odd.mp4"))).toMatchObject({ width: 34, height: 18 });
});

test("by timestamps a gap is filled with the frame before, and a frame too many is left out", async () => {
  const writer = await createVideoWriter(file("gaps.mkv"), { width: 64, height: 48, fps: 10 });
  // Places 0, 3, 3 (too many), 4, and one without a time, which follows.
  const times = [1000, 1300, 1310, 1390, undefined];
  const writes = [RED, GREEN, RED, BLUE, GREEN].map((colour, n) =>
    writer.write(halves(colour), times[n] === undefined ? {} : { timestampMs: times[n] }),
  );
  await Promise.all(writes);
  await writer.end();
  const frames = await readAll(await openVideo(file("gaps.mkv")));
  expect(frames.map(({ image }) => colourOf(image))).toEqual([0, 0, 0, 1, 2, 1]);
});

test("nothing stands at the final name before the end, and nothing at all when it is disposed or aborted", async () => {
  const here = file("discarded");
  mkdirSync(here);
  const stop = new AbortController();
  const path = join(here, "a.mp4");
  const writer = await createVideoWriter(path, { width: 64, height: 48, fps: 10 });
  await writer.write(halves(RED));
  expect(readdirSync(here)).toEqual(["a.mp4.part"]);
  await writer[Symbol.asyncDispose]();
  expect(readdirSync(here)).toEqual([]);
  await expect(writer.write(halves(RED))).rejects.toMatchObject({ code: "CLOSED" });

  const aborted = await createVideoWriter(path, { width: 64, height: 48, fps: 10, signal: stop.signal });
  await aborted.write(halves(RED));
  stop.abort();
  await expect(aborted.write(halves(RED))).rejects.toMatchObject({ code: "CANCELLED" });
  await expect(aborted.end()).rejects.toMatchObject({ code: "CANCELLED" });
  expect(readdirSync(here)).toEqual([]);
});

test("an end without frames is INVALID_ARGUMENT and leaves an older file as it was", async () => {
  writeFileSync(file("kept.mp4"), "older");
  const writer = await createVideoWriter(file("kept.mp4"), { width: 64, height: 48, fps: 10 });
  await expect(writer.end()).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  expect(readdirSync(folder).filter((name) => name.startsWith("kept"))).toEqual(["kept.mp4"]);
});

test("a frame of another size is INVALID_ARGUMENT, and the others are written", async () => {
  const writer = await createVideoWriter(file("size.mp4"), { width: 64, height: 48, fps: 10 });
  await expect(writer.write(halves(RED, 48, 64))).rejects.toThrow("expected frames of 64×48, got 48×64");
  await writer.write(halves(RED));
  await writer.end();
  expect(await readAll(await openVideo(file("size.mp4")))).toHaveLength(1);
});

test.each([
  ["a.gif", {}],
  ["a.mp4", { fps: 0 }],
  ["a.mp4", { width: 0 }],
  ["a.mp4", { quality: 2 }],
  ["a.webm", { codec: "h264" as const }],
])("%s with %o is INVALID_ARGUMENT", async (name, options) => {
  const writing = createVideoWriter(file(name), { width: 64, height: 48, fps: 10, ...options });
  await expect(writing).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
});

test("a folder that is not there is NOT_FOUND, and one where a file stands is IO", async () => {
  const options = { width: 64, height: 48, fps: 10 };
  await expect(createVideoWriter(file("none/a.mp4"), options)).rejects.toMatchObject({ code: "NOT_FOUND" });
  writeFileSync(file("plain"), "");
  await expect(createVideoWriter(file("plain/a.mp4"), options)).rejects.toMatchObject({ code: "IO" });
});

const unprivileged = process.getuid?.() === 0 ? base.skip : test;
unprivileged("a folder that may not be written is IO [skipped as root]", async () => {
  mkdirSync(file("locked"));
  chmodSync(file("locked"), 0o500);
  const writing = createVideoWriter(file("locked/a.mp4"), { width: 64, height: 48, fps: 10 });
  await expect(writing).rejects.toMatchObject({ code: "IO", message: expect.stringContaining("permission denied") });
});

const tiny = file("tiny");
mkdirSync(tiny);
const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=200k", "tmpfs", tiny]).status === 0;

(mounted ? test : base.skip)(
  "a full disk is NO_SPACE and leaves nothing [skipped where tmpfs may not be mounted]",
  async () => {
    onTestFinished(() => void spawnSync("umount", [tiny]));
    const writer = await createVideoWriter(join(tiny, "a.mp4"), { width: 320, height: 240, fps: 10, quality: 1 });
    const filling = (async () => {
      for (let n = 0; n < 200; n += 1) {
        await writer.write(
          paint(320, 240, (x, y) => [(x * x * y + n * x) % 256, (x * y * y) % 256, (x * y + 17 * n * y) % 256]),
        );
      }
      await writer.end();
    })();
    await expect(filling).rejects.toMatchObject({
      code: "NO_SPACE",
      message: `${join(tiny, "a.mp4")}: the disk is full`,
    });
    expect(readdirSync(tiny)).toEqual([]);
  },
);

test("an ffmpeg that dies is told, and leaves nothing", async () => {
  writeFileSync(
    file("dying-ffmpeg"),
    `#!/bin/sh
case "$*" in
  -version) echo "ffmpeg version 5.1";;
  *-encoders*) echo " V..... libx264  x";;
  *) echo "[libx264 @ 0x1] the encoder gave up" >&2; exit 1;;
esac
`,
    { mode: 0o755 },
  );
  const path = file("dying.mp4");
  const options = { width: 640, height: 480, fps: 10, ffmpegPath: file("dying-ffmpeg") };
  const writer = await createVideoWriter(path, options);
  const writing = (async () => {
    for (let n = 0; n < 20; n += 1) await writer.write(halves(RED, 640, 480));
  })();
  await expect(writing).rejects.toMatchObject({ code: "IO", message: `${path}: ffmpeg says: the encoder gave up` });
  expect(readdirSync(folder).filter((name) => name.startsWith("dying."))).toEqual([]);
});
