/** Cameras and videos in a browser: Chromium's fake camera, which plays a file of real faces. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { dot, type Face, loadRecognizer, type Recognizer } from "arcface-ts/node";
import { afterAll, beforeAll, expect } from "vitest";
import { TEST_ZOO } from "../default-models.ts";
import { DATA, needsData, needsTool } from "../needs.ts";
import type { PageStream } from "./page-types.ts";
import { openSite, type TestPage } from "./pages.ts";

const CLIP = "video/short_hamilton_clip.mp4";
const test = needsTool("chromium");
const execute = promisify(execFile);

const FAKE = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"];
/** Where a browser has no MediaStreamTrackProcessor, as Firefox, frames come through a video element. */
const WITHOUT_PROCESSOR = "delete globalThis.MediaStreamTrackProcessor;";
const WAYS = { "read off its track": undefined, "through a video element": WITHOUT_PROCESSOR };

type Site = NonNullable<Awaited<ReturnType<typeof openSite>>>;

let folder: string;
let site: Site;
let node: Recognizer;
const [width, height, seconds, fps] = [320, 180, 2, 10];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "arcface-camera-"));
  // A moving picture that anybody has, for what is not about faces.
  const pattern = ["-f", "lavfi", "-i", `testsrc2=size=${width}x${height}:rate=${fps}:duration=${seconds}`];
  await ffmpeg([...pattern, "-pix_fmt", "yuv420p", join(folder, "pattern.y4m")]);
  await ffmpeg([...pattern, "-pix_fmt", "yuv420p", "-c:v", "libvpx", "-g", "5", join(folder, "pattern.webm")]);
  const opened = await openSite([...FAKE, `--use-file-for-fake-video-capture=${join(folder, "pattern.y4m")}`]);
  if (!opened) return;
  site = opened;
  site.extra.set("/pattern.webm", new Uint8Array(await readFile(join(folder, "pattern.webm"))));
  node = await loadRecognizer(TEST_ZOO);
});
afterAll(async () => {
  await node?.[Symbol.asyncDispose]();
  await site?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function ffmpeg(args: readonly string[]): Promise<void> {
  await execute("ffmpeg", ["-nostdin", "-v", "error", "-y", ...args], { timeout: 60_000 });
}

const rising = (values: readonly number[]): boolean => values.every((value, i) => i === 0 || value >= values[i - 1]!);

/** Numbers and times of frames as a FrameStream promises them; every frame counted, whether it was read or dropped. */
function expectInOrder({ frames, dropped }: PageStream): void {
  const sequences = frames.map(({ sequence }) => sequence);
  expect(rising(frames.map(({ timestampMs }) => timestampMs))).toBe(true);
  expect(sequences).toEqual([...new Set(sequences)].toSorted((a, b) => a - b));
  expect(sequences.at(-1)! + 1).toBeLessThanOrEqual(frames.length + dropped);
}

for (const [way, before] of Object.entries(WAYS)) {
  const open = (): Promise<TestPage> => site.open(before === undefined ? {} : { before });

  test(`frames of a camera ${way} arrive in order, and it is switched off when they are left`, async () => {
    const stream = await (await open()).call<PageStream>("camera", {}, { frames: 8 });
    expect(stream).toMatchObject({ width, height, live: true, tracks: ["ended"] });
    expect(stream.fps).toBeGreaterThan(0);
    expect(stream.name).not.toBe("");
    expect(stream.frames.length).toBe(8);
    expectInOrder(stream);
  });

  test(`a slow reader of a camera ${way} gets the newest frame; the others are counted as dropped`, async () => {
    const stream = await (await open()).call<PageStream>("camera", {}, { frames: 4, busyMs: 600 });
    expectInOrder(stream);
    // Ten frames a second, of which one in six is read.
    expect(stream.dropped).toBeGreaterThan(4);
    const { timestampMs: first } = stream.frames[1]!;
    expect(stream.frames[3]!.timestampMs - first).toBeGreaterThan(900);
  });

  test(`frames of a camera ${way} come in the size that is asked for`, async () => {
    const wanted = { width: 160, height: 160, resize: "letterbox" };
    const page = await open();
    await page.call("load", {});
    const stream = await page.call<PageStream>("camera", wanted, { frames: 3, look: true });
    expect(stream).toMatchObject({ width: 160, height: 160 });
    // The first frame that Chromium shows of a camera was black once in some fifty times, on a machine that was busy.
    const { data } = stream.frames.at(-1)!.image!;
    // Bars above and below: 160×90 in the middle of 160×160.
    expect(data.slice(0, 3 * 160 * 34).every((value) => value === 0)).toBe(true);
    expect(data.slice(3 * 160 * 36, 3 * 160 * 124).some((value) => value > 100)).toBe(true);
  });
}

test("a camera that was cancelled ends with CANCELLED", async () => {
  const page = await site.open();
  expect(await page.call("refusal", "cancelledCamera")).toMatchObject({ code: "CANCELLED" });
});

test("a camera that is not there is NOT_FOUND", async () => {
  const page = await site.open();
  expect(await page.call("refusal", "camera", { deviceId: "none" }, { frames: 1 })).toMatchObject({
    code: "NOT_FOUND",
  });
});

test("a camera that another program holds is a CONFLICT; one that is forbidden is IO, with what to do", async () => {
  const failing = (name: string) =>
    `MediaDevices.prototype.getUserMedia = () => Promise.reject(new DOMException("refused", "${name}"));`;
  const held = await site.open({ before: failing("NotReadableError") });
  expect(await held.call("refusal", "camera", {}, { frames: 1 })).toMatchObject({ code: "CONFLICT" });
  const forbidden = await site.open({ before: failing("NotAllowedError") });
  expect(await forbidden.call("refusal", "camera", {}, { frames: 1 })).toMatchObject({
    code: "IO",
    hint: expect.stringContaining("allow it"),
  });
});

test("a camera that is unplugged is an error of the loop", async () => {
  // The browser fires `ended` for that, and not for a page's own stop().
  const before = `
    const original = MediaDevices.prototype.getUserMedia;
    MediaDevices.prototype.getUserMedia = async function (constraints) {
      const media = await original.call(this, constraints);
      setTimeout(() => media.getVideoTracks()[0].dispatchEvent(new Event("ended")), 1000);
      return media;
    };`;
  const page = await site.open({ before });
  expect(await page.call("refusal", "camera", {}, { frames: 1000 })).toMatchObject({ code: "IO" });
});

test("a page that is not allowed a camera by the browser says so", async () => {
  await using strict = (await openSite(["--use-fake-device-for-media-stream", "--deny-permission-prompts"]))!;
  const page = await strict.open();
  expect(await page.call("refusal", "camera", {}, { frames: 1 })).toMatchObject({ code: "IO" });
});

test("a video read at its own rate gives each frame once, in order, however slow the reader", async () => {
  const page = await site.open();
  const stream = await page.call<PageStream>("video", "/pattern.webm", { fps }, { frames: 1000, busyMs: 30 });
  expect(stream).toMatchObject({ width, height, fps, live: false, dropped: 0 });
  expect(stream.frames.map(({ sequence }) => sequence)).toEqual([...Array(seconds * fps).keys()]);
  expect(stream.frames.map(({ timestampMs }) => timestampMs)).toBeCloseToTensor(
    Array.from({ length: seconds * fps }, (_, i) => (1000 * i) / fps),
    { atol: 1e-6 },
  );
});

test("a video that plays at its own pace ends by itself, and a slow reader loses frames", async () => {
  const page = await site.open();
  const stream = await page.call<PageStream>("video", "/pattern.webm", {}, { frames: 1000, busyMs: 450 });
  expect(stream).toMatchObject({ width, height, live: true, fps: null });
  expectInOrder(stream);
  expect(stream.dropped).toBeGreaterThan(0);
  expect(stream.frames.length).toBeLessThan(seconds * fps);
});

test("a video that loops goes on, with times that grow, at either pace", async () => {
  const page = await site.open();
  const plan = { frames: seconds * fps + 5 };
  for (const options of [{ fps, loop: true }, { loop: true }]) {
    const stream = await page.call<PageStream>("video", "/pattern.webm", options, plan);
    expect(stream.frames.length).toBe(plan.frames);
    expectInOrder(stream);
    expect(new Set(stream.frames.map(({ timestampMs }) => timestampMs)).size).toBe(plan.frames);
  }
});

test("what is no video is refused, at either pace", async () => {
  site.extra.set("/text", "no video");
  const page = await site.open();
  for (const options of [{}, { fps }]) {
    expect(await page.call("refusal", "video", "/text", options, { frames: 1 })).toMatchObject({
      code: "UNSUPPORTED_FORMAT",
    });
  }
});

/**
 * A frame of the recording as Chromium and as ffmpeg turn it into RGB: they spread colour of half the resolution otherwise.
 * Seen: 1.2 to 1.3 of 255 on the mean; cosines of 0.973 to 0.997 of faces 20 to 60 pixels wide.
 */
const RECORDED = { distance: 2.5, cosine: 0.94 };

/** The frames of a recording as ffmpeg has them in RGB. */
async function decodeAll(path: string): Promise<Uint8Array[]> {
  const [file, size] = [`${path}.rgb`, 3 * 640 * 360];
  await ffmpeg(["-i", path, "-f", "rawvideo", "-pix_fmt", "rgb24", file]);
  const bytes = new Uint8Array(await readFile(file));
  return Array.from({ length: bytes.length / size }, (_, i) => bytes.subarray(size * i, size * (i + 1)));
}

/** The frame that differs least, by the mean of its differences of 0 to 255. */
function nearestTo(pixels: Uint8Array, frames: readonly Uint8Array[]): { nearest: Uint8Array; distance: number } {
  const distances = frames.map((frame) => {
    let sum = 0;
    for (let i = 0; i < pixels.length; i++) sum += Math.abs(frame[i]! - pixels[i]!);
    return sum / pixels.length;
  });
  const distance = Math.min(...distances);
  return { nearest: frames[distances.indexOf(distance)]!, distance };
}

needsData(CLIP)(
  "the faces of a camera's frame are embedded as Node embeds those of the same frame",
  async ({ skip }) => {
    if (!site) skip("chromium is not installed");
    const y4m = join(folder, "faces.y4m");
    await ffmpeg(["-ss", "2", "-t", "1", "-i", join(DATA, CLIP), "-pix_fmt", "yuv420p", "-r", "10", y4m]);
    await using camera = (await openSite([...FAKE, `--use-file-for-fake-video-capture=${y4m}`]))!;
    const page = await camera.open();
    await page.call("load", {});
    const { frames } = await page.call<PageStream>("camera", {}, { frames: 3, look: true });
    const recorded = await decodeAll(y4m);
    for (const { image, faces } of frames) {
      const pixels = { ...image!, data: Uint8Array.from(image!.data) };
      const { nearest, distance } = nearestTo(pixels.data, recorded);
      expect(distance).toBeLessThan(RECORDED.distance);
      const wanted = await node.embed(pixels);
      const decoded = await node.embed({ ...pixels, data: nearest });
      expect(faces.length).toBeGreaterThan(0);
      expect(faces.length).toBe(wanted.length);
      for (const [i, face] of faces.entries()) {
        // As test/browser/recognise.test.ts states for the same pixels.
        expect(face.box).toBeCloseToTensor(wanted[i]!.box, { atol: 1e-3 });
        const cosineTo = ({ embedding }: Face): number => dot(Float32Array.from(face.embedding), embedding);
        expect(cosineTo(wanted[i]!)).toBeGreaterThan(0.9998);
        expect(Math.max(...decoded.map(cosineTo))).toBeGreaterThan(RECORDED.cosine);
      }
    }
    expect(camera.elsewhere).toEqual([]);
  },
);

test("nothing was asked of another server, and nothing went wrong meanwhile", () => {
  expect(site.elsewhere).toEqual([]);
  expect(site.problems).toEqual([]);
});
