import { expected } from "../errors.ts";
import { maskAddress } from "./mask-address.ts";

/** Where moving pictures come from. `name` is for people: an address without its password. */
export type VideoSource =
  | { readonly kind: "file"; readonly name: string; readonly path: string }
  | { readonly kind: "stream"; readonly name: string; readonly url: string; readonly protocol: StreamProtocol }
  /** A V4L2 device path, or the place of a camera in the system's list. */
  | { readonly kind: "camera"; readonly name: string; readonly device: string | number }
  /** A generated picture: an expression of ffmpeg's lavfi device. */
  | { readonly kind: "test"; readonly name: string; readonly graph: string };

export type StreamProtocol = "rtsp" | "rtsps" | "http" | "https";

const PROTOCOLS: readonly string[] = ["rtsp", "rtsps", "http", "https"] satisfies StreamProtocol[];

/** Patterns that read nothing: `movie` and its like would open any file that the word names. */
const PATTERNS = ["testsrc", "testsrc2", "smptebars", "smptehdbars", "rgbtestsrc", "yuvtestsrc", "color", "mandelbrot"];

const PARAMETERS: Readonly<Record<string, RegExp>> = {
  size: /^\d{1,5}x\d{1,5}$/,
  rate: /^\d+(\.\d+)?(\/\d+)?$/,
  duration: /^\d+(\.\d+)?$/,
  color: /^(#|0x)?\w+$/,
};

/**
 * What a word means: a path, `rtsp://…`, `rtsps://…`, `http://…`, `https://…`, `/dev/video0` or `camera:0`,
 * `test:testsrc2?size=320x240&rate=10&duration=2`.
 *
 * @throws {ArcfaceError} INVALID_ARGUMENT for an empty word, another `scheme://`, an unknown test pattern or parameter.
 */
export function parseVideoSource(source: string): VideoSource {
  if (typeof source !== "string" || source.trim() === "" || source.includes("\0")) {
    throw expected("video source", "a path, an address, camera:0 or test:testsrc2", JSON.stringify(source));
  }
  const name = maskAddress(source);
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(source)?.[1]?.toLowerCase();
  if (scheme !== undefined) {
    if (PROTOCOLS.includes(scheme)) return { kind: "stream", name, url: source, protocol: scheme as StreamProtocol };
    throw expected("video source", `a path, or an address of ${PROTOCOLS.join(", ")}`, name);
  }
  if (source.startsWith("test:")) return { kind: "test", name, graph: parsePattern(source) };
  const index = /^camera:(\d+)$/.exec(source)?.[1];
  if (index !== undefined) return { kind: "camera", name, device: Number(index) };
  if (/^\/dev\/(video\d|v4l\/)/.test(source)) return { kind: "camera", name, device: source };
  return { kind: "file", name: source, path: source };
}

function parsePattern(source: string): string {
  const [pattern = "", query = ""] = source.slice("test:".length).split("?", 2);
  if (!PATTERNS.includes(pattern)) throw expected(source, `one of test:${PATTERNS.join(", test:")}`, `test:${pattern}`);
  const settings = [...new URLSearchParams(query)].map(([key, value]) => {
    if (PARAMETERS[key]?.test(value)) return `${key}=${value}`;
    throw expected(source, "size=320x240, rate=10, duration=2 or color=red", `${key}=${value}`);
  });
  return settings.length === 0 ? pattern : `${pattern}=${settings.join(":")}`;
}
