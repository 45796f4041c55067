import * as z from "zod";
import { ArcfaceError } from "../errors.ts";
import { asPixelType, toRgb } from "../image/pixel-types.ts";
import type { CameraRequest } from "../pipeline/device.ts";
import type { FrameStream, VideoFrame } from "../video/frame-stream.ts";
import type { BridgeProcess } from "./bridge-process.node.ts";

const frameSchema = z.object({
  kind: z.string(),
  width: z.number(),
  height: z.number(),
  stride: z.number(),
  timestampMs: z.number(),
  sequence: z.number(),
});

/** What is asked for where nothing is said: a sensor of 12 megapixels would fill the cable. */
const DEFAULTS = { width: 1280, height: 720, fps: 30, resize: "crop" } as const;

/** Frames of a device's camera: each is the newest that there is when it is asked for. */
export async function openBridgeCamera(
  bridge: BridgeProcess,
  camera: string | undefined,
  request: CameraRequest,
  signal?: AbortSignal,
): Promise<FrameStream> {
  const { width, height, fps, resize } = { ...DEFAULTS, ...request };
  const { header } = await bridge.request({ type: "openCamera", camera: camera ?? null, width, height, fps, resize });
  return new BridgeCamera(
    bridge,
    header.camera as number,
    `OAK camera ${camera ?? "AUTO"}`,
    { width, height, fps },
    signal,
  );
}

class BridgeCamera implements FrameStream {
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly live = true;
  readonly name: string;
  readonly #bridge: BridgeProcess;
  readonly #camera: number;
  readonly #closed = new AbortController();
  #dropped = 0;

  constructor(
    bridge: BridgeProcess,
    camera: number,
    name: string,
    { width, height, fps }: { readonly width: number; readonly height: number; readonly fps: number },
    signal: AbortSignal | undefined,
  ) {
    [this.#bridge, this.#camera, this.name] = [bridge, camera, name];
    [this.width, this.height, this.fps] = [width, height, fps];
    const close = () => void this[Symbol.asyncDispose]();
    signal?.addEventListener("abort", close, { once: true });
    if (signal?.aborted) close();
  }

  get dropped(): number {
    return this.#dropped;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<VideoFrame> {
    const { signal } = this.#closed;
    const closed = new Promise<null>((resolve) =>
      signal.addEventListener("abort", () => resolve(null), { once: true }),
    );
    let first: { readonly timestampMs: number; readonly sequence: number } | null = null;
    let last = -1;
    try {
      while (!signal.aborted) {
        const frame = await Promise.race([this.#next(), closed]);
        if (frame === null) return;
        first ??= frame;
        const sequence = frame.sequence - first.sequence;
        this.#dropped += sequence - last - 1;
        last = sequence;
        yield { image: frame.image, timestampMs: frame.timestampMs - first.timestampMs, sequence };
      }
    } finally {
      await this[Symbol.asyncDispose]();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed.signal.aborted) return;
    this.#closed.abort();
    await this.#bridge.request({ type: "close", camera: this.#camera }).catch(() => {});
  }

  async #next() {
    const answer = this.#bridge.request({ type: "nextFrame", camera: this.#camera });
    answer.catch(() => {}); // it may be left behind when the stream is closed
    const { header, body } = await answer;
    const parsed = frameSchema.safeParse(header);
    if (!parsed.success) {
      const { path, message } = parsed.error.issues[0]!;
      throw new ArcfaceError("UNSUPPORTED_FORMAT", `${this.name}: ${path.join(".")}: ${message}`);
    }
    const { kind, width, height, stride, timestampMs, sequence } = parsed.data;
    const image = toRgb({ type: asPixelType(this.name, kind), width, height, stride, data: body });
    return { image, timestampMs, sequence };
  }
}
