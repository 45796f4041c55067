import type { Image } from "../image/image.ts";

/** One moving picture's still: upright RGB, and when it was shown. The pixels are the receiver's to keep. */
export type VideoFrame = {
  readonly image: Image;
  /**
   * Files: presentation time from the source's start, true for variable frame rates too. Live: ms since opening.
   * Never falls from one frame to the next; it goes on growing through loops and reconnections.
   */
  readonly timestampMs: number;
  /** Counts the frames read from the source, from 0; a gap is a frame that was dropped. */
  readonly sequence: number;
};

/**
 * Frames of a file, a camera or a stream, read when they are asked for.
 *
 * It is iterated once, by one reader. Leaving the loop early closes the source, as disposing does; disposing twice is
 * harmless, and a reader that waits when it is disposed sees the end. A source that fails throws from the loop.
 *
 * Memory is bounded whatever the source does. Not live: the source waits for the reader, and no frame is lost. Live:
 * the newest frame wins and the older ones are dropped, so that a slow reader sees the present and not the past.
 */
export interface FrameStream extends AsyncDisposable, AsyncIterable<VideoFrame> {
  /** Of every frame, whatever the source does later. */
  readonly width: number;
  readonly height: number;
  /** Nominal frames a second; null where the source does not say. */
  readonly fps: number | null;
  readonly live: boolean;
  /** For people and logs; never holds a password. */
  readonly name: string;
  /** Frames read and thrown away because the reader was slow (live only). */
  readonly dropped: number;
}
