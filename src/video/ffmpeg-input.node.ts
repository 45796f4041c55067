import { access, constants, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { ArcfaceError } from "../errors.ts";
import { fileError } from "../file-error.node.ts";
import type { Ffmpeg } from "./find-ffmpeg.node.ts";
import { listCameras } from "./list-cameras.node.ts";
import type { VideoSource } from "./video-source.ts";

/** `ffmpeg …args -i address` opens the source. */
export type FfmpegInput = { readonly args: readonly string[]; readonly address: string };

export type InputOptions = {
  readonly timeoutMs: number;
  /** Asked of a camera, which may answer with what it has. */
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  readonly fps?: number | undefined;
};

/**
 * The arguments by which ffmpeg opens a source and nothing else: the protocols are listed, so that a playlist on the
 * disk cannot call a server, nor one from a server open a file.
 *
 * Cameras of macOS (avfoundation) and Windows (dshow) are written by ffmpeg's manual and were not run.
 *
 * @throws {ArcfaceError} NOT_FOUND or IO where the file or the camera is not there or may not be read.
 */
export async function ffmpegInput(tools: Ffmpeg, source: VideoSource, options: InputOptions): Promise<FfmpegInput> {
  switch (source.kind) {
    case "file":
      return openFile(source.path);
    case "stream": {
      const allowed = source.protocol.startsWith("rtsp")
        ? "rtsp,rtsps,rtp,srtp,udp,tcp,tls"
        : "http,https,httpproxy,tcp,tls,crypto,data";
      const microseconds = `${1000 * options.timeoutMs}`;
      // A server that falls silent must not hold an ffmpeg whose parent is gone.
      const timeout = source.protocol.startsWith("http") ? "-rw_timeout" : tools.version < 5 ? "-stimeout" : "-timeout";
      const rtsp = source.protocol.startsWith("rtsp") ? ["-rtsp_flags", "prefer_tcp"] : [];
      return { args: ["-protocol_whitelist", allowed, timeout, microseconds, ...rtsp], address: source.url };
    }
    case "camera":
      return openCamera(tools, source.name, source.device, options);
    case "test":
      return { args: ["-f", "lavfi"], address: source.graph };
  }
}

async function openFile(path: string): Promise<FfmpegInput> {
  try {
    const facts = await stat(path);
    if (facts.isDirectory()) throw new ArcfaceError("IO", `${path}: expected a video file, got a folder`);
    await access(path, constants.R_OK);
  } catch (error) {
    throw fileError(error, path, "opening the video");
  }
  // `%` and `*` in an image's name are numbered sequences and patterns to ffmpeg.
  const literal = /[%*?[{\\].*\.[a-z0-9]+$/i.test(path) && /\.(png|jpe?g|bmp|tiff?|tga|p[gpn]m|jp2)$/i.test(path);
  const args = ["-protocol_whitelist", "file,crypto,data", ...(literal ? ["-pattern_type", "none"] : [])];
  return { args, address: `file:${resolve(path)}` };
}

async function openCamera(
  tools: Ffmpeg,
  name: string,
  device: string | number,
  { width, height, fps }: InputOptions,
): Promise<FfmpegInput> {
  const args = [
    ...(width === undefined || height === undefined ? [] : ["-video_size", `${width}x${height}`]),
    ...(fps === undefined ? [] : ["-framerate", `${fps}`]),
  ];
  if (process.platform === "darwin") return { args: ["-f", "avfoundation", ...args], address: `${device}:none` };
  if (process.platform === "win32") {
    const cameras = await listCameras({ ffmpegPath: tools.ffmpeg });
    const address = cameras[Number(device)]?.address;
    if (address === undefined)
      throw missingCamera(
        name,
        cameras.map((camera) => camera.name),
      );
    return { args: ["-f", "dshow", ...args], address };
  }
  const path = typeof device === "number" ? `/dev/video${device}` : device;
  try {
    await access(path, constants.R_OK | constants.W_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT")
      throw missingCamera(
        name,
        (await listCameras()).map((camera) => camera.address),
      );
    const hint = code === "EACCES" ? "add yourself to the group that owns it: sudo usermod -aG video $USER" : undefined;
    throw fileError(error, name, "opening the camera", hint);
  }
  return { args: ["-f", "v4l2", ...args], address: path };
}

function missingCamera(name: string, there: readonly string[]): ArcfaceError {
  const got = there.length === 0 ? "no camera on this machine" : `only ${there.join(", ")}`;
  return new ArcfaceError("NOT_FOUND", `${name}: expected a camera, got ${got}`, {
    hint: "plug it in; test:testsrc2 is a picture that needs none",
  });
}
