import type { FrameFit } from "./fit-frame.ts";

/** The descriptor on which ffmpeg writes a line a frame; 0–2 are the standard ones. */
export const TIMESTAMP_FD = 3;

/** Microseconds: finer than any frame rate, and printed as whole numbers (`pts_time` has six digits only). */
export const TICKS_PER_MS = 1000;

/**
 * ffmpeg's filters from a decoded, upright picture to the frames that we read: RGB of one size, each announced by
 * a line `frame:… pts:<microseconds> …` on TIMESTAMP_FD.
 */
export function filterGraph({ width, height, scaled, x, y }: FrameFit, fps: number | undefined): string {
  const overhangs = scaled.width > width || scaled.height > height;
  const fits = scaled.width === width && scaled.height === height;
  return [
    ...(fps === undefined ? [] : [`fps=${fps}`]),
    `scale=${scaled.width}:${scaled.height}:flags=bicubic`,
    // Before pad and crop: in YUV 4:2:0 they round to even pixels.
    "format=rgb24",
    ...(fits
      ? []
      : [overhangs ? `crop=${width}:${height}:${-x}:${-y}` : `pad=${width}:${height}:${x}:${y}:color=black`]),
    `settb=expr=1/${1000 * TICKS_PER_MS}`,
    // `print` is silent about frames without metadata.
    "metadata=mode=add:key=n:value=1",
    `metadata=mode=print:file=pipe\\\\:${TIMESTAMP_FD}:direct=1`,
  ].join(",");
}
