import { Buffer, type Stamps } from "./buffer.ts";
import type { ImgDetection } from "./img-detection.ts";
import type { ImgTransformation } from "./img-transformation.ts";

export type TrackingStatus = "NEW" | "TRACKED" | "LOST" | "REMOVED";

/** An upright rectangle, fractions of the frame. */
export type Rect = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };

/** One thing that is followed from frame to frame. */
export type Tracklet = {
  /** Kept as long as it is followed, and never given again. */
  readonly id: number;
  readonly label: number;
  /** Frames since it was first seen. */
  readonly age: number;
  readonly status: TrackingStatus;
  /** Where it is, or is thought to be. */
  readonly roi: Rect;
  /** The detection that it was last seen as. */
  readonly srcImgDetection: ImgDetection;
};

/** What is followed, as of one frame. */
export class Tracklets extends Buffer {
  tracklets: readonly Tracklet[];
  #transformation: ImgTransformation | null;

  /** @param transformation of the frame that the rectangles are fractions of. */
  constructor(
    tracklets: readonly Tracklet[] = [],
    stamps: Stamps = {},
    transformation: ImgTransformation | null = null,
  ) {
    super(new Uint8Array(), stamps);
    this.tracklets = tracklets;
    this.#transformation = transformation;
  }

  getTransformation(): ImgTransformation | null {
    return this.#transformation;
  }

  setTransformation(transformation: ImgTransformation | null): this {
    this.#transformation = transformation;
    return this;
  }
}
