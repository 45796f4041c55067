import { ArcfaceError, expected } from "../errors.ts";

export type VideoCodec = "h264" | "mpeg4" | "vp9";

type Encoder = {
  readonly encoder: string;
  /** @param quality 0 the smallest file, 1 the best picture. */
  readonly args: (quality: number) => readonly string[];
};

/** The scales are each encoder's own: CRF 18 of x264 is hard to tell from the source, 28 shows. */
const ENCODERS: Readonly<Record<VideoCodec, Encoder>> = {
  h264: { encoder: "libx264", args: (q) => ["-preset", "veryfast", "-crf", `${Math.round(45 - 30 * q)}`] },
  mpeg4: { encoder: "mpeg4", args: (q) => ["-q:v", `${Math.round(31 - 29 * q)}`] },
  vp9: {
    encoder: "libvpx-vp9",
    args: (q) => [
      "-b:v",
      "0",
      "-crf",
      `${Math.round(55 - 40 * q)}`,
      "-deadline",
      "realtime",
      "-cpu-used",
      "6",
      "-row-mt",
      "1",
    ],
  },
};

/** By the end of the file's name: ffmpeg's muxer, and the codecs that players expect in it, the preferred first. */
const CONTAINERS: Readonly<Record<string, { readonly muxer: string; readonly codecs: readonly VideoCodec[] }>> = {
  ".mp4": { muxer: "mp4", codecs: ["h264", "mpeg4"] },
  ".mkv": { muxer: "matroska", codecs: ["h264", "mpeg4", "vp9"] },
  ".webm": { muxer: "webm", codecs: ["vp9"] },
};

/** The container that the name of a file asks for. */
export function containerOf(path: string): { readonly muxer: string; readonly codecs: readonly VideoCodec[] } {
  const extension = /\.[^./\\]*$/.exec(path)?.[0].toLowerCase() ?? "";
  const container = CONTAINERS[extension];
  if (container === undefined) {
    throw expected(path, `a name that ends with ${Object.keys(CONTAINERS).join(", ")}`, extension || "no ending");
  }
  return container;
}

/**
 * The codec asked for, else the container's first that this ffmpeg encodes.
 *
 * @param encoders what `ffmpeg -encoders` prints.
 * @throws {ArcfaceError} INVALID_ARGUMENT where the container does not take it, UNSUPPORTED_FORMAT where ffmpeg lacks it.
 */
export function chooseEncoder(path: string, codec: VideoCodec | undefined, encoders: string): Encoder {
  const { codecs } = containerOf(path);
  if (codec !== undefined && !codecs.includes(codec)) throw expected(path, `codec to be ${codecs.join(" or ")}`, codec);
  const candidates = codec === undefined ? codecs : [codec];
  const chosen = candidates.map((name) => ENCODERS[name]).find(({ encoder }) => encoders.includes(` ${encoder} `));
  if (chosen !== undefined) return chosen;
  const names = candidates.map((name) => ENCODERS[name].encoder).join(" nor ");
  throw new ArcfaceError("UNSUPPORTED_FORMAT", `${path}: this ffmpeg lacks the encoder ${names}`, {
    hint: "install a complete ffmpeg and name it in FFMPEG_PATH, or choose another codec",
  });
}
