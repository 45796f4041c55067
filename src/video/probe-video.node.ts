import { type ExecFileException, execFile } from "node:child_process";
import { ArcfaceError, throwIfCancelled } from "../errors.ts";
import { explainFfmpeg } from "./explain-ffmpeg.ts";
import { toolEnvironment } from "./ffmpeg-process.node.ts";
import { type Ffmpeg, missingTool } from "./find-ffmpeg.node.ts";
import type { VideoSource } from "./video-source.ts";

/** What ffprobe tells of a source's picture. */
export type VideoFacts = {
  /** Of the stream within the file, for ffmpeg's `-map`. */
  readonly index: number;
  /** As shown: turned upright, with square pixels. */
  readonly width: number;
  readonly height: number;
  /** Nominal; null where unknown, and for a still. */
  readonly fps: number | null;
  /** Null where there is no end to be known. */
  readonly durationMs: number | null;
  /** ffmpeg's name of the container. */
  readonly format: string;
};

type ProbeOptions = {
  readonly maxPixels: number;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
};

/**
 * @param input ffmpeg's arguments that open the source, without `-i`; `address` is what follows `-i`.
 * @throws {ArcfaceError} TOO_LARGE above `maxPixels`, UNSUPPORTED_FORMAT where no moving picture that ffmpeg decodes is
 *   in it, NOT_FOUND, IO, NETWORK, CANCELLED, MISSING_TOOL.
 */
export async function probeVideo(
  tools: Ffmpeg,
  source: VideoSource,
  input: { readonly args: readonly string[]; readonly address: string },
  { maxPixels, timeoutMs, signal }: ProbeOptions,
): Promise<VideoFacts> {
  throwIfCancelled(signal, source.name);
  const { name } = source;
  // With the limit ffprobe does not decode a bomb to learn its pixel format.
  const args = ["-hide_banner", "-loglevel", "warning", "-show_streams", "-show_format", "-of", "json"];
  const open = ["-max_pixels", `${Math.floor(maxPixels)}`, ...input.args, "-i", input.address];
  const { error, stdout, stderr } = await run(tools.ffprobe, [...args, ...open], timeoutMs, signal);
  throwIfCancelled(signal, name);
  const [, wide, high] = /Picture size (\d+)x(\d+) (?:exceeds|is invalid)/.exec(stderr) ?? [];
  if (wide !== undefined) checkPixels(name, Number(wide), Number(high), maxPixels);
  if (error === null) return readFacts(JSON.parse(stdout), name, maxPixels);
  if ("syscall" in error) throw missingTool(tools.ffprobe, error);
  if (error.killed) throw new ArcfaceError("NETWORK", `${name}: no answer within ${timeoutMs / 1000} s`);
  const lines = stderr.trim().split("\n").slice(-20);
  throw explainFfmpeg(name, lines, source.kind === "file" ? "UNSUPPORTED_FORMAT" : "NETWORK");
}

type Answer = { readonly error: ExecFileException | null; readonly stdout: string; readonly stderr: string };

function run(command: string, args: readonly string[], timeout: number, signal?: AbortSignal): Promise<Answer> {
  return new Promise((resolve) => {
    const options = { env: toolEnvironment(), timeout, killSignal: "SIGKILL", maxBuffer: 16e6 } as const;
    const kill = (): void => void child.kill("SIGKILL");
    const child = execFile(command, args, options, (error, stdout, stderr) => {
      signal?.removeEventListener("abort", kill);
      resolve({ error, stdout, stderr });
    });
    signal?.addEventListener("abort", kill, { once: true });
  });
}

type ProbedStream = {
  readonly index: number;
  readonly codec_type: string;
  readonly codec_name?: string;
  readonly codec_tag_string?: string;
  readonly width?: number;
  readonly height?: number;
  readonly sample_aspect_ratio?: string;
  readonly avg_frame_rate?: string;
  readonly r_frame_rate?: string;
  readonly duration?: string;
  readonly disposition?: Readonly<Record<string, number>>;
  readonly side_data_list?: readonly { readonly rotation?: number | string }[];
};
type Probed = {
  readonly streams?: readonly ProbedStream[];
  readonly format?: { readonly format_name?: string; readonly duration?: string };
};

function readFacts({ streams = [], format = {} }: Probed, name: string, maxPixels: number): VideoFacts {
  const pictures = streams.filter(({ codec_type }) => codec_type === "video");
  // A song's cover is a video stream to ffmpeg.
  const stream = pictures.find(({ disposition }) => disposition?.attached_pic !== 1);
  if (stream === undefined) {
    const kinds = streams.map(({ codec_type }) => codec_type).join(", ") || "nothing";
    throw new ArcfaceError("UNSUPPORTED_FORMAT", `${name}: expected a video, got ${kinds} without moving pictures`);
  }
  if (stream.codec_name === undefined || stream.codec_name === "unknown") {
    throw new ArcfaceError("UNSUPPORTED_FORMAT", `${name}: this ffmpeg knows no codec ${stream.codec_tag_string}`, {
      hint: "convert the video to H.264, or install a newer ffmpeg and name it in FFMPEG_PATH",
    });
  }
  const { width = 0, height = 0 } = stream;
  if (!(width > 0 && height > 0)) {
    throw new ArcfaceError("UNSUPPORTED_FORMAT", `${name}: a ${stream.codec_name} video whose size cannot be told`, {
      hint: "it is damaged, or cut off before its first picture",
    });
  }
  checkPixels(name, width, height, maxPixels);
  const [wide = 1, high = 1] = ratio(stream.sample_aspect_ratio, ":") ?? [];
  const upright = { width: Math.max(1, Math.round((width * wide) / high)), height };
  checkPixels(name, upright.width, upright.height, maxPixels);
  const turn = Number(stream.side_data_list?.find(({ rotation }) => rotation !== undefined)?.rotation ?? 0);
  const lies = Math.abs(Math.round(turn / 90)) % 2 === 1;
  const still = /^image2|_pipe$/.test(format.format_name ?? "");
  const rate = ratio(stream.avg_frame_rate, "/") ?? ratio(stream.r_frame_rate, "/");
  const duration = Number(stream.duration ?? format.duration);
  return {
    index: stream.index,
    width: lies ? upright.height : upright.width,
    height: lies ? upright.width : upright.height,
    fps: rate === null || still ? null : rate[0] / rate[1],
    durationMs: Number.isFinite(duration) ? 1000 * duration : null,
    format: format.format_name ?? "",
  };
}

/** @throws {ArcfaceError} TOO_LARGE */
export function checkPixels(name: string, width: number, height: number, maxPixels: number): void {
  if (width * height <= maxPixels) return;
  const megapixels = (pixels: number): number => Math.round(pixels / 1e4) / 100;
  throw new ArcfaceError(
    "TOO_LARGE",
    `${name}: ${width}×${height} is ${megapixels(width * height)} megapixels, more than maxPixels, ${megapixels(maxPixels)}`,
    { hint: "raise maxPixels if you trust it" },
  );
}

/** "30000/1001" as two numbers; null where either is 0 or missing: ffprobe's word for unknown. */
function ratio(text: string | undefined, sign: string): [number, number] | null {
  const [a = 0, b = 0] = (text ?? "").split(sign).map(Number);
  return a > 0 && b > 0 ? [a, b] : null;
}
