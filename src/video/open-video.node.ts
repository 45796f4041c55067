import { expected, throwIfCancelled } from "../errors.ts";
import { ffmpegInput } from "./ffmpeg-input.node.ts";
import { FfmpegVideo, type ReconnectOptions, type VideoEvent } from "./ffmpeg-video.node.ts";
import { filterGraph } from "./filter-graph.ts";
import { findFfmpeg } from "./find-ffmpeg.node.ts";
import { fitFrame, type ResizeMode } from "./fit-frame.ts";
import type { FrameStream } from "./frame-stream.ts";
import { checkPixels, probeVideo } from "./probe-video.node.ts";
import { parseVideoSource } from "./video-source.ts";

/** 8K video has 33 megapixels; a decoder holds several frames. */
const MAX_PIXELS = 36e6;

export type OpenVideoOptions = {
  /** Of the frames; one alone keeps the picture's shape. Default: the picture's own, turned upright, pixels square. */
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  /** Where both sides are given and the shape differs; default crop, as DepthAI's camera. */
  readonly resize?: ResizeMode;
  /** Frames a second, evenly spaced, by repeating and leaving out. Default: those that the source has. */
  readonly fps?: number | undefined;
  /** Begin again at the end, for ever; not for live sources. */
  readonly loop?: boolean;
  /** Give a file's frames at the pace of their timestamps. A reader that is slow delays the rest and loses none. */
  readonly realtime?: boolean;
  /** Default: cameras, RTSP, and what comes by HTTP without a length. */
  readonly live?: boolean | undefined;
  /** What to do when a live source is lost; default true for addresses, false for cameras. */
  readonly reconnect?: boolean | ReconnectOptions | undefined;
  /** How long a network source or camera may be silent; default 10 000. */
  readonly timeoutMs?: number;
  /** Of the source's picture and of ours; default 36 million. */
  readonly maxPixels?: number;
  readonly onEvent?: ((event: VideoEvent) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Default: the environment's FFMPEG_PATH, else `ffmpeg` on PATH. */
  readonly ffmpegPath?: string | undefined;
};

/**
 * Open moving pictures: a file of any kind that ffmpeg reads (GIFs and stills too), `rtsp://…`, `http(s)://…`, a
 * camera (`/dev/video0`, `camera:0`) or a test picture (`test:testsrc2?size=320x240&rate=10&duration=2`).
 *
 * The source is looked at with ffprobe, which ends; decoding begins with the first read, in a child process that ends
 * with the stream, and with this process even where that is killed. Only the address given is contacted. It stands
 * among the child's arguments, which other users of the machine may see with `ps`: a password in it as well.
 *
 * Frames are upright and RGB by the file's own matrix; where it names none, BT.601, as ffmpeg and OpenCV do. A file
 * that was cut off gives its whole frames, then throws, wherever ffmpeg notices (MP4, Matroska, AVI; not GIF, Y4M, TS).
 *
 * @throws {ArcfaceError} NOT_FOUND, IO, UNSUPPORTED_FORMAT (no video, damaged, a codec or protocol that this ffmpeg
 *   lacks), TOO_LARGE, NETWORK, MISSING_TOOL, CANCELLED, CONFLICT (a camera in use), INVALID_ARGUMENT; here and from the loop.
 */
export async function openVideo(
  source: string,
  {
    width,
    height,
    resize = "crop",
    fps,
    loop = false,
    realtime = false,
    live,
    reconnect,
    timeoutMs = 10_000,
    maxPixels = MAX_PIXELS,
    onEvent = () => {},
    signal,
    ffmpegPath,
  }: OpenVideoOptions = {},
): Promise<FrameStream> {
  const from = parseVideoSource(source);
  const { name } = from;
  throwIfCancelled(signal, name);
  for (const [option, value] of Object.entries({ fps, timeoutMs, maxPixels })) {
    if (value !== undefined && !(value > 0 && value < Number.POSITIVE_INFINITY)) {
      throw expected(name, `${option} above 0`, `${value}`);
    }
  }
  fitFrame({ width: 1, height: 1 }, { width, height, resize }); // before a camera is woken for nothing
  const tools = await findFfmpeg(ffmpegPath);
  const input = await ffmpegInput(tools, from, { timeoutMs, width, height, fps });
  // Twice the silence: a server may take its time with each of several answers.
  const facts = await probeVideo(tools, from, input, { maxPixels, timeoutMs: 2 * timeoutMs, signal });
  const fit = fitFrame(facts, { width, height, resize });
  for (const size of [fit, fit.scaled]) checkPixels(name, size.width, size.height, maxPixels);

  const isLive = live ?? (from.kind === "camera" || (from.kind === "stream" && facts.durationMs === null));
  if (isLive && loop) throw expected(name, "a file where loop is given", "a live source");
  const again = reconnect ?? from.kind === "stream";
  return new FfmpegVideo({
    name,
    width: fit.width,
    height: fit.height,
    fps: fps ?? facts.fps,
    live: isLive,
    ffmpeg: tools.ffmpeg,
    args: [
      ...["-nostdin", ...input.args, "-max_pixels", `${maxPixels}`, "-i", input.address],
      ...["-map", `0:${facts.index}`, "-vf", filterGraph(fit, fps)],
      ...[
        ...(tools.version < 5.1 ? ["-vsync", "passthrough"] : ["-fps_mode", "passthrough"]),
        "-f",
        "rawvideo",
        "pipe:1",
      ],
    ],
    noticesCut: from.kind !== "test" && facts.format !== "mpegts",
    otherwise: from.kind === "stream" ? "NETWORK" : "UNSUPPORTED_FORMAT",
    silenceMs: isLive ? timeoutMs : null,
    loop,
    realtime: realtime && !isLive,
    reconnect: !isLive || again === false ? null : again === true ? {} : again,
    onEvent,
    signal,
  });
}
