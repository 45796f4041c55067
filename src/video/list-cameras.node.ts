import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { toolEnvironment } from "./ffmpeg-process.node.ts";

/** `address` is what `openVideo` opens on Linux, and ffmpeg's own word for the camera on other systems. */
export type CameraInfo = { readonly name: string; readonly address: string };

export type ListCamerasOptions = { readonly ffmpegPath?: string; readonly sysfs?: string };

/**
 * The cameras of this machine with their names; none where there are none, or where nothing tells.
 *
 * Linux: the first video device of each in /sys/class/video4linux (the others of a USB camera carry metadata);
 * run against a folder laid out as the kernel's, as the machine that tests has no camera. macOS and Windows: out
 * of `ffmpeg -list_devices`, whose text is read by its documented form; not run there.
 */
export async function listCameras({
  ffmpegPath = process.env.FFMPEG_PATH ?? "ffmpeg",
  sysfs = "/sys/class/video4linux",
}: ListCamerasOptions = {}): Promise<CameraInfo[]> {
  if (process.platform === "darwin") {
    return parseAvfoundation(await listDevices(ffmpegPath, ["-f", "avfoundation", "-list_devices", "true", "-i", ""]));
  }
  if (process.platform === "win32") {
    return parseDshow(await listDevices(ffmpegPath, ["-f", "dshow", "-list_devices", "true", "-i", "dummy"]));
  }
  const devices = (await readdir(sysfs).catch(() => [])).filter((entry) => /^video\d+$/.test(entry));
  devices.sort((a, b) => Number(a.slice(5)) - Number(b.slice(5)));
  const cameras = await Promise.all(
    devices.map(async (device) => {
      const [name, index] = await Promise.all(
        ["name", "index"].map((file) => readFile(join(sysfs, device, file), "utf8").catch(() => "")),
      );
      return { name: name!.trim() || device, address: `/dev/${device}`, isFirst: Number(index) === 0 };
    }),
  );
  return cameras.filter(({ isFirst }) => isFirst).map(({ name, address }) => ({ name, address }));
}

/** `[AVFoundation indev @ 0x…] [0] FaceTime HD Camera`, up to the heading of the audio devices. */
export function parseAvfoundation(text: string): CameraInfo[] {
  const [video = ""] = text.split("AVFoundation audio devices");
  return [...video.matchAll(/^\[AVFoundation[^\]]*\] \[(\d+)\] (.+)$/gm)].map(([, index, name]) => ({
    name: name!.trim(),
    address: index!,
  }));
}

/** `[dshow @ …] "Integrated Camera" (video)`; before ffmpeg 5 without the kind, under a heading. */
export function parseDshow(text: string): CameraInfo[] {
  const [video = ""] = text.split("DirectShow audio devices");
  return [...video.matchAll(/^\[dshow[^\]]*\]\s+"([^"@][^"]*)"(?: \((\w+)[^)]*\))?\s*$/gm)]
    .filter(([, , kind]) => kind === undefined || kind === "video")
    .map(([, name]) => ({ name: name!, address: `video=${name}` }));
}

/** ffmpeg lists devices as if it failed. */
function listDevices(ffmpeg: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(ffmpeg, ["-hide_banner", ...args], { env: toolEnvironment(), timeout: 20_000 }, (_error, _out, text) =>
      resolve(text),
    );
  });
}
