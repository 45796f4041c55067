import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { type OpenVideoOptions, openVideo } from "../src/video/open-video.node.ts";
import { DATA, needsData, needsTool } from "./needs.ts";
import { difference, encodeFrames, ffmpeg, paint, pixel, type Rgb, readAll, temporaryFolder } from "./video-files.ts";

const folder = temporaryFolder();
const test = needsTool("ffmpeg");
const file = (name: string): string => join(folder, name);
const RED: Rgb = [230, 20, 30];
const GREEN: Rgb = [20, 200, 40];
const BLUE: Rgb = [10, 40, 220];
const YELLOW: Rgb = [240, 220, 20];
const BLACK: Rgb = [0, 0, 0];
/** 8-bit YUV at 4:2:0, away from edges: a step of each plane is up to 2.2 in RGB, and the codec adds its own. */
const CODEC = 6;

/** Red, green over blue, yellow: no turn and no mirror image of it looks the same. */
const quadrants = (width: number, height: number) =>
  paint(width, height, (x, y) => (y < height / 2 ? (x < width / 2 ? RED : GREEN) : x < width / 2 ? BLUE : YELLOW));

const near = (colour: Rgb, within: number) =>
  colour.map((value) => expect.toSatisfy((v) => Math.abs(v - value) <= within));

async function firstImage(source: string, options: OpenVideoOptions = {}) {
  const [frame] = await readAll(await openVideo(source, options), 1);
  return frame!.image;
}

async function failure(source: string, options: OpenVideoOptions = {}): Promise<unknown> {
  return openVideo(source, options)
    .then(readAll)
    .then(
      () => "no error",
      (error: unknown) => error,
    );
}

test("a lossless RGB video comes back element by element, frame by frame", async () => {
  const frames = [0, 1, 2, 3, 4].map((n) =>
    paint(33, 17, (x, y) => [(7 * x + n) % 256, (11 * y) % 256, (50 * n + x * y) % 256]),
  );
  encodeFrames(file("lossless.mkv"), frames, ["-c:v", "libx264rgb", "-qp", "0"]);
  const video = await openVideo(file("lossless.mkv"));
  expect(video).toMatchObject({ width: 33, height: 17, fps: 10, live: false, name: file("lossless.mkv"), dropped: 0 });
  const read = await readAll(video);
  expect(read.map(({ image }, n) => difference(image, frames[n]!))).toEqual([0, 0, 0, 0, 0]);
  expect(read.map(({ sequence }) => sequence)).toEqual([0, 1, 2, 3, 4]);
  expect(read.map(({ timestampMs }) => timestampMs)).toEqual([0, 100, 200, 300, 400]);
});

test.each(["bt709", "smpte170m"])("H.264 with the matrix %s keeps its colours in RGB order", async (matrix) => {
  const args = [
    "-vf",
    `scale=out_color_matrix=${matrix}:out_range=tv,format=yuv420p`,
    "-colorspace",
    matrix,
    "-qp",
    "4",
  ];
  encodeFrames(file(`${matrix}.mp4`), [quadrants(64, 48)], args);
  const image = await firstImage(file(`${matrix}.mp4`));
  expect([16, 48].flatMap((x) => [12, 36].map((y) => pixel(image, x, y)))).toEqual(
    [RED, BLUE, GREEN, YELLOW].map((colour) => near(colour, CODEC)),
  );
});

test("resized: bent, barred and cropped pictures have each colour where the geometry says", async () => {
  encodeFrames(file("wide.mkv"), [quadrants(80, 40)], ["-c:v", "libx264rgb", "-qp", "0"]);
  const size = { width: 61, height: 61 };
  const stretched = await firstImage(file("wide.mkv"), { ...size, resize: "stretch" });
  expect([pixel(stretched, 2, 2), pixel(stretched, 58, 2), pixel(stretched, 2, 58), pixel(stretched, 58, 58)]).toEqual(
    [RED, GREEN, BLUE, YELLOW].map((colour) => near(colour, 1)),
  );
  // 80×40 → 61×31 with 15 black rows above and 15 below.
  const barred = await firstImage(file("wide.mkv"), { ...size, resize: "letterbox" });
  expect([14, 15, 45, 46].map((y) => pixel(barred, 5, y))).toEqual([BLACK, RED, BLUE, BLACK].map((c) => near(c, 1)));
  expect([15, 45].map((y) => pixel(barred, 60, y))).toEqual([GREEN, YELLOW].map((c) => near(c, 1)));
  // 80×40 → 122×61, of which the middle 61 columns remain: the border of left and right is in the middle.
  const cropped = await firstImage(file("wide.mkv"), size);
  expect([0, 27, 33, 60].map((x) => pixel(cropped, x, 10))).toEqual([RED, RED, GREEN, GREEN].map((c) => near(c, 1)));
  expect([0, 27, 33, 60].map((x) => pixel(cropped, x, 50))).toEqual(
    [BLUE, BLUE, YELLOW, YELLOW].map((c) => near(c, 1)),
  );
  expect(await firstImage(file("wide.mkv"), { width: 40 })).toMatchObject({ width: 40, height: 20 });
});

test("cropped off the middle by an odd number of columns of a 4:2:0 video, the cut is exact", async () => {
  const stripes = paint(70, 40, (x) => (x < 20 ? BLUE : x < 50 ? RED : BLUE));
  encodeFrames(file("stripes.mp4"), [stripes], ["-pix_fmt", "yuv420p", "-qp", "0"]);
  const image = await firstImage(file("stripes.mp4"), { width: 36, height: 40 }); // 17 columns go on each side
  const reds = [...Array(36).keys()].filter((x) => pixel(image, x, 20)[0] > 128);
  expect([reds[0], reds.at(-1)]).toEqual([3, 32]);
});

test("a video that lies on its side is given upright", async () => {
  encodeFrames(file("lying.mp4"), [quadrants(64, 48)], ["-pix_fmt", "yuv420p", "-qp", "4"]);
  const bytes = readFileSync(file("lying.mp4"));
  const unit = Buffer.from("00010000000000000000000000000000000100000000000000000000000000004000", "hex");
  const turned = Buffer.from("000000000001000000000000ffff0000000000000000000000000000000000004000", "hex");
  turned.copy(bytes, bytes.indexOf(unit, bytes.indexOf("tkhd"))); // a quarter turn clockwise
  writeFileSync(file("turned.mp4"), bytes);
  const image = await firstImage(file("turned.mp4"));
  expect(image).toMatchObject({ width: 48, height: 64 });
  expect([pixel(image, 12, 16), pixel(image, 36, 16), pixel(image, 12, 48), pixel(image, 36, 48)]).toEqual(
    [BLUE, RED, YELLOW, GREEN].map((colour) => near(colour, 12)), // BT.601 read as such, at 4:2:0
  );
});

test("pixels that are not square become square", async () => {
  encodeFrames(file("anamorphic.mp4"), [quadrants(64, 48)], ["-vf", "setsar=2", "-pix_fmt", "yuv420p"]);
  const image = await firstImage(file("anamorphic.mp4"));
  expect(image).toMatchObject({ width: 128, height: 48 });
});

test("a variable frame rate gives each frame its own time, and fps evens them out", async () => {
  // Ten frames of 40 ms, then ten of 120 ms.
  const clock = "setpts='if(lt(N,10),N,10+(N-10)*3)/25/TB'";
  const times = [...Array(20).keys()].map((n) => 40 * (n < 10 ? n : 10 + 3 * (n - 10)));
  ffmpeg([...["-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=0.8", "-vf", clock, "-vsync", "vfr"], file("vfr.mp4")]);
  const frames = await readAll(await openVideo(file("vfr.mp4")));
  expect(frames.map(({ timestampMs }) => timestampMs)).toEqual(times);
  const even = await readAll(await openVideo(file("vfr.mp4"), { fps: 12.5 }));
  expect(even.map(({ timestampMs }) => timestampMs)).toEqual(even.map((_, n) => 80 * n));
  expect(even.at(-1)!.timestampMs).toBeGreaterThanOrEqual(times.at(-1)! - 80);
});

test("fps repeats frames of a slower video", async () => {
  const video = await openVideo("test:testsrc2?size=64x48&rate=5&duration=2", { fps: 20 });
  expect(video.fps).toBe(20);
  const frames = await readAll(video);
  expect(frames).toHaveLength(40);
  expect(frames.map(({ timestampMs }) => timestampMs)).toEqual(frames.map((_, n) => 50 * n));
  expect([1, 2, 3].map((n) => difference(frames[0]!.image, frames[n]!.image))).toEqual([0, 0, 0]);
  expect(difference(frames[0]!.image, frames[6]!.image)).toBeGreaterThan(50);
});

needsData("video/short_hamilton_clip.mp4")(
  "the 640×360 clip has 275 frames of 1/29.97 s, the first 844 ms after the sound",
  async () => {
    const frames = await readAll(await openVideo(join(DATA, "video/short_hamilton_clip.mp4")));
    expect(frames).toHaveLength(275);
    const deviation = frames.map(({ timestampMs }, n) => Math.abs(timestampMs - (844.011 + (n * 1000) / 29.97)));
    expect(Math.max(...deviation)).toBeLessThan(0.1); // the file's own clock ticks 1/29970 s
  },
);

needsData("video/video.mp4")("the 1080p clip has 105 frames of 40 ms", async () => {
  const video = await openVideo(join(DATA, "video/video.mp4"));
  expect(video).toMatchObject({ width: 1920, height: 1080, fps: 25 });
  const times: number[] = [];
  for await (const { image, timestampMs } of video) {
    expect(image.data).toHaveLength(3 * 1920 * 1080);
    times.push(timestampMs);
  }
  expect(times).toEqual([...Array(105).keys()].map((n) => 40 * n));
});

test("loop plays again and again with growing timestamps, a GIF as well, and a still", async () => {
  const frames = await readAll(await openVideo("test:testsrc2?size=64x48&rate=10&duration=0.3", { loop: true }), 8);
  expect(frames.map(({ timestampMs }) => timestampMs)).toEqual([0, 100, 200, 300, 400, 500, 600, 700]);
  expect([3, 6].map((n) => difference(frames[n]!.image, frames[0]!.image))).toEqual([0, 0]);
  expect(frames.map(({ sequence }) => sequence)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);

  encodeFrames(
    file("moving.gif"),
    [RED, GREEN].map((colour) => paint(16, 16, () => colour)),
    [],
  );
  expect(await readAll(await openVideo(file("moving.gif")))).toHaveLength(2);
  // A GIF of 256 fixed colours, 36 or 85 steps apart.
  const gif = await readAll(await openVideo(file("moving.gif"), { loop: true }), 4);
  expect(gif.map(({ image }) => pixel(image, 8, 8))).toEqual([RED, GREEN, RED, GREEN].map((c) => near(c, 50)));

  const name = file("still %03d *[1].png");
  encodeFrames(file("still.png"), [quadrants(20, 10)], []);
  writeFileSync(name, readFileSync(file("still.png")));
  const still = await openVideo(name, { loop: true });
  expect(still.fps).toBeNull();
  const shown = await readAll(still, 3);
  expect(shown.map(({ timestampMs }) => timestampMs)).toEqual([0, 40, 80]);
  expect(difference(shown[2]!.image, quadrants(20, 10))).toBe(0);
});

test("realtime gives every frame, and none before its time", async () => {
  const video = await openVideo("test:testsrc2?size=64x48&rate=20&duration=0.5", { realtime: true });
  const arrivals: number[] = [];
  for await (const { timestampMs } of video) arrivals.push(performance.now() - timestampMs);
  expect(arrivals).toHaveLength(10);
  const early = arrivals.map((at) => arrivals[0]! - at);
  expect(Math.max(...early)).toBeLessThan(3); // timers have whole milliseconds
});

test("leaving the loop, disposing while a reader waits, and disposing twice all end the stream", async () => {
  const left = await openVideo("test:testsrc2?size=64x48");
  expect(await readAll(left, 2)).toHaveLength(2);
  await left[Symbol.asyncDispose]();

  const waiting = await openVideo("test:testsrc2?size=64x48&rate=1", { realtime: true });
  const reader = waiting[Symbol.asyncIterator]();
  await reader.next();
  const next = reader.next();
  await waiting[Symbol.asyncDispose]();
  expect(await next).toEqual({ done: true, value: undefined });
  await waiting[Symbol.asyncDispose]();

  const unread = await openVideo("test:testsrc2?size=64x48");
  await unread[Symbol.asyncDispose]();
  expect(await readAll(unread)).toEqual([]);
});

test("a second reader is INVALID_ARGUMENT", async () => {
  const video = await openVideo("test:testsrc2?size=64x48&duration=1");
  await readAll(video);
  await expect(readAll(video)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
});

test("an aborted signal is CANCELLED: before, between frames, and while one is awaited", async () => {
  const aborted = AbortSignal.abort(new Error("enough"));
  expect(await failure("test:testsrc2", { signal: aborted })).toMatchObject({ code: "CANCELLED" });

  for (const realtime of [false, true]) {
    const stop = new AbortController();
    const video = await openVideo("test:testsrc2?size=64x48&rate=2", { signal: stop.signal, realtime });
    const reader = video[Symbol.asyncIterator]();
    await reader.next();
    const next = realtime ? reader.next() : null;
    stop.abort(new Error("enough"));
    await expect(next ?? reader.next()).rejects.toMatchObject({ code: "CANCELLED", cause: { message: "enough" } });
  }
});

test("a file cut off in the middle gives its whole frames, then says so", async () => {
  ffmpeg(["-f", "lavfi", "-i", "testsrc2=s=160x120:r=10:d=3", "-movflags", "+faststart", file("whole.mp4")]);
  ffmpeg(["-i", file("whole.mp4"), "-c", "copy", file("whole.mkv")]);
  for (const kind of ["mp4", "mkv"]) {
    const bytes = readFileSync(file(`whole.${kind}`));
    writeFileSync(file(`cut.${kind}`), bytes.subarray(0, Math.round(bytes.length * 0.6)));
    const video = await openVideo(file(`cut.${kind}`));
    let frames = 0;
    const reading = (async () => {
      for await (const { image } of video) frames += image.data.length / (3 * 160 * 120);
    })();
    await expect(reading).rejects.toMatchObject({
      ...{
        code: "UNSUPPORTED_FORMAT",
        message: expect.stringMatching(/cut\.\w+: the video is cut off or damaged after \d+ frames/),
      },
    });
    expect(frames).toBeGreaterThan(5);
    expect(frames).toBeLessThan(30);
  }
});

test("what is no video is told in a sentence, with ffmpeg's words as the cause", async () => {
  writeFileSync(file("text.mp4"), "a letter, called a video\n".repeat(100));
  writeFileSync(file("empty.mp4"), "");
  ffmpeg(["-f", "lavfi", "-i", "sine=d=1", file("song.m4a")]);
  encodeFrames(file("codec.mp4"), [quadrants(64, 48)], ["-pix_fmt", "yuv420p"]);
  writeFileSync(file("unknown.mp4"), readFileSync(file("codec.mp4"), "latin1").replaceAll("avc1", "zzzz"), "latin1");
  writeFileSync(
    file("list.m3u8"),
    "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nhttp://127.0.0.1:9/x.ts\n#EXT-X-ENDLIST\n",
  );
  mkdirSync(file("folder.mp4"));
  const cases: readonly [string, string, string][] = [
    ["text.mp4", "UNSUPPORTED_FORMAT", "no video, or an MP4 that was cut off before its index (moov)"],
    ["empty.mp4", "UNSUPPORTED_FORMAT", "no video, or an MP4 that was cut off before its index (moov)"],
    ["song.m4a", "UNSUPPORTED_FORMAT", "expected a video, got audio without moving pictures"],
    ["unknown.mp4", "UNSUPPORTED_FORMAT", "this ffmpeg knows no codec zzzz"],
    ["list.m3u8", "UNSUPPORTED_FORMAT", "it refers to another place by http, which is not followed"],
    ["folder.mp4", "IO", "expected a video file, got a folder"],
    ["none.mp4", "NOT_FOUND", "opening the video: there is no such file or folder"],
  ];
  for (const [name, code, sentence] of cases) {
    expect(await failure(file(name))).toMatchObject({ code, message: `${file(name)}: ${sentence}` });
  }
  expect(await failure(file("text.mp4"))).toMatchObject({
    cause: { message: expect.stringContaining("moov atom not found") },
  });
});

test("a picture of more pixels than maxPixels is TOO_LARGE, whatever it is to become", async () => {
  ffmpeg(["-f", "lavfi", "-i", "color=s=8000x5000", "-frames:v", "1", file("bomb.png")]);
  const small = { width: 64, height: 64 };
  expect(await failure(file("bomb.png"), small)).toMatchObject({
    ...{ code: "TOO_LARGE", message: `${file("bomb.png")}: 8000×5000 is 40 megapixels, more than maxPixels, 36` },
  });
  expect(await firstImage(file("bomb.png"), { ...small, maxPixels: 40e6 })).toMatchObject(small);
  expect(await failure("test:testsrc2", { width: 20_000, height: 20_000 })).toMatchObject({ code: "TOO_LARGE" });
});

test.each([{ fps: 0 }, { width: -1 }, { timeoutMs: Number.NaN }, { maxPixels: 0 }])(
  "%o is INVALID_ARGUMENT",
  async (options) => {
    expect(await failure("test:testsrc2", options)).toMatchObject({ code: "INVALID_ARGUMENT" });
  },
);

test("without ffmpeg it is MISSING_TOOL with the way to get it, by option and by FFMPEG_PATH", async () => {
  const missing = { code: "MISSING_TOOL", hint: expect.stringContaining("apt-get install ffmpeg") };
  expect(await failure("test:testsrc2", { ffmpegPath: "/nonexistent/ffmpeg" })).toMatchObject(missing);
  const before = process.env.FFMPEG_PATH;
  onTestFinished(() => {
    if (before === undefined) delete process.env.FFMPEG_PATH;
    else process.env.FFMPEG_PATH = before;
  });
  process.env.FFMPEG_PATH = "/nonexistent/ffmpeg";
  expect(await failure("test:testsrc2")).toMatchObject(missing);
});

test("a camera that is not there is NOT_FOUND", async () => {
  expect(await failure("camera:77")).toMatchObject({
    ...{ code: "NOT_FOUND", message: expect.stringMatching(/^camera:77: expected a camera, got /) },
  });
});
