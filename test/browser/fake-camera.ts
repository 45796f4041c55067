import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { DATA } from "../needs.ts";

export const CLIP = "video/short_hamilton_clip.mp4";

/** How Chromium plays a file of frames as a camera that everybody is allowed. */
export function fakeCamera(y4m: string): string[] {
  return [
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    `--use-file-for-fake-video-capture=${y4m}`,
  ];
}

/** Four seconds of the clip, 640×360 at 10 frames a second: a singer, then people who listen. It plays again and again. */
export async function makeClip(folder: string): Promise<string> {
  const path = join(folder, "faces.y4m");
  const args = ["-nostdin", "-v", "error", "-ss", "5", "-t", "4", "-i", join(DATA, CLIP)];
  await promisify(execFile)("ffmpeg", [...args, "-pix_fmt", "yuv420p", "-r", "10", path], { timeout: 60_000 });
  return path;
}
