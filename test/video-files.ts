import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { createImage, type Image } from "../src/image/image.ts";
import type { FrameStream, VideoFrame } from "../src/video/frame-stream.ts";

/** A folder for one file of tests. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "arcface-video-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs ffmpeg as a test's own tool, apart from the code under test. */
export function ffmpeg(args: readonly string[], input?: Uint8Array): void {
  execFileSync("ffmpeg", ["-v", "error", "-nostdin", "-y", ...args], { input, stdio: ["pipe", "ignore", "inherit"] });
}

/** Encodes frames of one size, 10 a second. */
export function encodeFrames(path: string, frames: readonly Image[], args: readonly string[]): void {
  const [{ width, height }] = frames as [Image];
  const raw = [
    "-f",
    "rawvideo",
    "-pix_fmt",
    "rgb24",
    "-video_size",
    `${width}x${height}`,
    "-framerate",
    "10",
    "-i",
    "-",
  ];
  const input = Buffer.concat(frames.map(({ data }) => data));
  execFileSync("ffmpeg", ["-v", "error", "-y", ...raw, ...args, path], { input, stdio: ["pipe", "ignore", "inherit"] });
}

export type Rgb = readonly [number, number, number];

/** The pixel at whole coordinates. */
export function pixel({ width, data }: Image, x: number, y: number): Rgb {
  const at = 3 * (y * width + x);
  return [data[at]!, data[at + 1]!, data[at + 2]!];
}

/** A picture by the colour of each pixel. */
export function paint(width: number, height: number, colour: (x: number, y: number) => Rgb): Image {
  const image = createImage(width, height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) image.data.set(colour(x, y), 3 * (y * width + x));
  }
  return image;
}

/** The largest difference of two pictures in any channel of any pixel; of different sizes, infinite. */
export function difference(a: Image, b: Image): number {
  if (a.width !== b.width || a.height !== b.height) return Number.POSITIVE_INFINITY;
  return a.data.reduce((most, value, at) => Math.max(most, Math.abs(value - b.data[at]!)), 0);
}

export async function readAll(stream: FrameStream, count = Number.POSITIVE_INFINITY): Promise<VideoFrame[]> {
  const frames: VideoFrame[] = [];
  for await (const frame of stream) {
    frames.push(frame);
    if (frames.length >= count) break;
  }
  return frames;
}
