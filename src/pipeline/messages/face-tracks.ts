import type { Track } from "../../tracking/track.ts";
import type { Stamps } from "./buffer.ts";
import type { ImgTransformation } from "./img-transformation.ts";
import { type Tracklet, Tracklets } from "./tracklets.ts";

/** Tracklets of faces, with what the tracker knows of each: the i-th track is the i-th tracklet's. */
export class FaceTracks extends Tracklets {
  /** Boxes in pixels of the frame. */
  readonly tracks: readonly Track[];

  constructor(
    tracklets: readonly Tracklet[],
    tracks: readonly Track[],
    stamps: Stamps = {},
    transformation: ImgTransformation | null = null,
  ) {
    super(tracklets, stamps, transformation);
    this.tracks = tracks;
  }
}
