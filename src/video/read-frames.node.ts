import { createInterface } from "node:readline";
import { ArcfaceError } from "../errors.ts";
import { createImage, type Image } from "../image/image.ts";
import type { FfmpegProcess } from "./ffmpeg-process.node.ts";
import { TICKS_PER_MS } from "./filter-graph.ts";

/** A picture as ffmpeg gave it; `timestampMs` is null where the source has none for it. */
export type TimedImage = { readonly image: Image; readonly timestampMs: number | null };

/**
 * The pictures of one run of ffmpeg with `filterGraph`, each as soon as its last byte is there. The pipe holds the
 * child back while nobody asks, so one frame and some 100 kB are all the memory there is.
 *
 * Ends without a word when the child does, however it ended: `child.ended` and `child.lines` say how.
 *
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT where the bytes end within a frame, NETWORK after `silenceMs` without any.
 */
export async function* readFrames(
  child: Pick<FfmpegProcess, "stdout" | "third" | "ended" | "stop">,
  { width, height, name, silenceMs }: { width: number; height: number; name: string; silenceMs: number | null },
): AsyncGenerator<TimedImage, void, undefined> {
  const timestamps = new Timestamps(child);
  const frameLength = 3 * width * height;
  let silent = false;
  const watch = silenceMs === null ? null : setTimeout(() => onSilence(), silenceMs);
  const onSilence = (): void => {
    silent = true;
    void child.stop();
  };
  let pixels = allocate(frameLength);
  let filled = 0;
  try {
    for await (const chunk of child.stdout as AsyncIterable<Uint8Array>) {
      for (let at = 0; at < chunk.length; ) {
        const part = chunk.subarray(at, at + frameLength - filled);
        pixels.set(part, filled);
        at += part.length;
        filled += part.length;
        if (filled < frameLength) continue;
        yield { image: createImage(width, height, pixels), timestampMs: await timestamps.next() };
        pixels = allocate(frameLength);
        filled = 0;
        watch?.refresh();
      }
    }
  } catch (error) {
    // Destroying the pipe is how a run is stopped.
    if ((error as NodeJS.ErrnoException).code !== "ERR_STREAM_PREMATURE_CLOSE") throw error;
  } finally {
    if (watch !== null) clearTimeout(watch);
  }
  if (silent) throw new ArcfaceError("NETWORK", `${name}: no picture for ${silenceMs! / 1000} s`);
  const code = await child.ended;
  if (filled > 0 && code === 0) {
    throw new ArcfaceError(
      "UNSUPPORTED_FORMAT",
      `${name}: expected frames of ${frameLength} bytes, got ${filled} in the last`,
    );
  }
}

/** Shared, so that a frame goes to other threads without being copied. */
function allocate(length: number): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(length));
}

/** ffmpeg prints a line for a frame before it writes the frame. */
class Timestamps {
  readonly #lines: AsyncIterator<string>;

  constructor({ third }: Pick<FfmpegProcess, "third">) {
    const lines = createInterface({ input: third });
    // It ends with its input's end, but not where that is destroyed, as stopping does.
    third.once("close", () => lines.close());
    this.#lines = lines[Symbol.asyncIterator]();
  }

  async next(): Promise<number | null> {
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done) return null;
      const pts = /^frame:.* pts:(\S+)/.exec(value)?.[1];
      if (pts !== undefined) return pts === "NOPTS" ? null : Number(pts) / TICKS_PER_MS;
    }
  }
}
